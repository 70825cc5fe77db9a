"""Whatever is thrown at the callback door, it answers 200, 403 or 413, and never falls over."""

from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.senders import Sender, call, friend_added, make_app
from wecom import keys
from wecom.models import CallbackReceipt

pytestmark = pytest.mark.django_db
ANSWERS = {200, 403, 413}
patient = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def app(settings, tmp_path):
    settings.SPOOL_DIR = tmp_path
    keys.ring.forget()
    make_app()
    yield
    keys.ring.forget()


@given(body=st.binary(max_size=400), query=st.dictionaries(st.text(max_size=12), st.text()))
@patient
def test_any_body_and_any_query(body: bytes, query: dict[str, str]):
    response = call(f"{Sender().url}?{urlencode(query)}", body)

    assert response.status_code == 403


@given(position=st.integers(0, 2_000), junk=st.binary(min_size=1, max_size=3), data=st.data())
@patient
def test_a_genuine_callback_with_a_few_bytes_changed(
    position: int, junk: bytes, data: st.DataObject
):
    sender = Sender()
    encrypt = sender.seal(friend_added())
    whole = sender.envelope(encrypt).encode()
    place = position % len(whole)
    cut = data.draw(st.integers(0, 3))
    body = whole[:place] + junk + whole[place + cut :]

    response = call(f"{sender.url}?{urlencode(sender.query(encrypt))}", body)

    assert response.status_code in ANSWERS


@given(message=st.text(max_size=300))
@patient
def test_any_text_that_is_genuinely_signed_is_kept(message: str):
    before = CallbackReceipt.objects.count()

    response = Sender().post(message)

    assert response.status_code in {200, 403}
    if response.status_code == 403:
        assert CallbackReceipt.objects.count() == before


@given(path=st.text(max_size=40))
@patient
def test_any_path_below_the_door(path: str):
    response = call("/wecom/callback/" + path.replace("?", ""), b"x")

    assert response.status_code in ANSWERS | {404}
