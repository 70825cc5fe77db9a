"""The fixture corp with its two apps."""

from datetime import UTC, datetime

import pytest

from common import bell
from tests.wecom.fake import FakeWeCom
from tests.wecom.keys import CONFIG, CORP_ID
from wecom import keys, tokens
from wecom.client import Client, client_for
from wecom.models import App, Corp

NOW = datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _fresh_keys():
    """No keys of an earlier test's rows."""
    keys.ring.forget()


@pytest.fixture
def now() -> datetime:
    """One second after the fixture events happened."""
    return NOW


@pytest.fixture
def corp(db) -> Corp:
    """The fixture corp."""
    return Corp.objects.create(corp_id=CORP_ID, name="示例零售")


@pytest.fixture
def app(corp) -> App:
    """The self-built app."""
    return App.objects.create(
        corp=corp,
        slug="scrm",
        agent_id=1000002,
        secret="sandbox-secret-scrm",
        callback_token=CONFIG["token"],
        aes_key=CONFIG["encoding_aes_key"],
    )


@pytest.fixture
def contacts_app(corp) -> App:
    """The contacts-sync receiver."""
    return App.objects.create(
        corp=corp,
        slug="contacts",
        secret="sandbox-secret-contacts",
        callback_token="contactsToken01",
        aes_key="0123456789abcdefghijklmnopqrstuvwxyzABCDEFG",
        purpose="contacts",
    )


@pytest.fixture
def rung(monkeypatch) -> list[str]:
    """The bells that were rung."""
    names: list[str] = []
    monkeypatch.setattr(bell, "ring", names.append)
    return names


@pytest.fixture
def spool_dir(settings, tmp_path):
    """An empty spool."""
    settings.SPOOL_DIR = tmp_path / "spool"
    return settings.SPOOL_DIR


@pytest.fixture(autouse=True)
def _fresh_tokens():
    """No tokens of an earlier test."""
    tokens.forget()


@pytest.fixture
def fake(settings):
    """A tiny WeCom that our client talks to."""
    with FakeWeCom() as server:
        settings.WECOM_API_BASE_URL = server.url
        yield server


@pytest.fixture
def client(app, fake, settings) -> Client:
    """The fixture app's client, allowed to call inside the test's transaction."""
    settings.WECOM_ALLOW_IN_TRANSACTION = True
    return client_for(app)
