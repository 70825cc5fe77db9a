"""The dashboard: every number opens on exactly what it counts, to each in their scope."""

import io
import re
from html import unescape

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from org.models import AuditRow, User
from tests.analytics.world import fold
from tests.console.figures_world import make_company, make_shop
from tests.makers import NOW, make_staff, make_user

pytestmark = pytest.mark.django_db

NUMBER = re.compile(r'<a(?: class="value")? href="(?P<url>/[^"]+)"[^>]*>(?P<text>[^<]*\d[^<]*)</a>')
TOTAL = re.compile(r"共 <b>([\d,]+)</b> (?:位客户|条)")


@pytest.fixture(autouse=True)
def _now(monkeypatch) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(client: Client, path: str = "/dashboard/", status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def numbers_of(page: str) -> list[tuple[str, int]]:
    """Every number on a page that is a link, with where it leads."""
    found = []
    for match in NUMBER.finditer(page):
        digits = re.search(r"[\d,]*\d(?!\S*[分%:])", match["text"].split("/")[-1])
        is_rate = re.search(r"[%分时:]", match["text"])
        if digits and not is_rate:
            found.append((unescape(match["url"]), int(digits[0].replace(",", ""))))
    return found


@pytest.mark.parametrize(
    ("who", "query"),
    [("operator", "?start=2026-10-24"), ("manager", ""), ("operator", "?end=2026-11-18")],
)
def test_every_number_opens_on_as_many(who: str, query: str) -> None:
    north, _south = make_company()
    client = signed_in(make_user() if who == "operator" else north.manager)

    numbers = [
        (url, n)
        for url, n in numbers_of(shown(client, f"/dashboard/{query}"))
        if url.startswith(("/dashboard/people/", "/touches/"))
    ]

    assert len(numbers) > 10
    for url, number in dict(numbers).items():
        total = TOTAL.search(shown(client, url))
        assert total is not None, url
        assert (url, int(total[1].replace(",", ""))) == (url, number)


def test_a_department_sees_nothing_of_another() -> None:
    north, south = make_company()
    client = signed_in(south.manager)

    page = shown(client)
    people = shown(client, "/dashboard/people/?metric=added&start=2026-10-24")

    assert "城北" not in page + people
    assert "城南客户1" in people
    asked_for_other = (
        f"/dashboard/people/?metric=added&start=2026-10-24&department={north.department.pk}"
    )
    assert "城北" not in shown(client, asked_for_other)
    by_other_staff = f"/dashboard/people/?metric=added&start=2026-10-24&staff={north.seller.pk}"
    assert "没有符合的客户" in shown(client, by_other_staff)


def test_an_operator_narrows_to_a_department() -> None:
    _north, south = make_company()
    client = signed_in(make_user())

    path = f"/dashboard/people/?metric=friends&department={south.department.pk}"

    assert "城南客户1" in shown(client, path)
    assert "城北" not in shown(client, path).split('id="list"')[1]


def test_nonsense_in_the_address_means_nothing() -> None:
    make_shop("城北", 2, 3)
    fold()
    client = signed_in(make_user())

    for query in ("start=x&end=2026-99-99", "start=9999-12-31", "department=999999999999999999"):
        assert "数据看板" in shown(client, f"/dashboard/?{query}")
    backwards = shown(client, "/dashboard/?start=2026-11-22&end=2026-11-01")
    assert "2026-11-01 至 2026-11-22" in backwards
    shown(client, "/dashboard/people/?metric=gmv", status=404)
    odd = "/dashboard/people/?metric=active&weekday=-1&hour=99999999999&source=%00&page=zzz"
    shown(client, odd)


def test_before_anything_was_folded_the_page_says_so() -> None:
    assert "数据正在首次归集" in shown(signed_in(make_user()))


def test_it_says_as_of_when() -> None:
    make_shop("城北", 2, 3)
    fold()
    assert "数据截至 2026-11-22 11:00" in shown(signed_in(make_user()))


def test_staff_without_the_right_are_refused() -> None:
    guide = make_user("guide", User.Role.STAFF, make_staff("guide"))
    shown(signed_in(guide), status=403)
    assert Client().get("/dashboard/")["Location"] == "/login/?next=/dashboard/"


def test_the_board_is_exported_with_all_its_sheets() -> None:
    make_company()
    response = signed_in(make_user()).get("/dashboard/export/")

    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))

    assert book.sheet_names == ["概览", "每日", "被抑制原因", "旅程", "员工", "来源渠道"]
    overview = book.get_sheet_by_name("概览").to_python()
    assert ["客户", "有效客户", "18"] in [row[:3] for row in overview]
    assert AuditRow.objects.filter(action="export", subject="figures:dashboard").count() == 1


def test_the_people_behind_a_figure_are_exported_to_those_who_may() -> None:
    north, _south = make_company()
    path = "/dashboard/people/export/?metric=lost&start=2026-10-24"

    response = signed_in(make_user()).get(path)

    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    names = [row[0] for row in book.get_sheet_by_index(0).to_python()[1:]]
    assert sorted(names) == ["城北客户4", "城北客户9", "城南客户4"]
    assert AuditRow.objects.get().subject == "figures:lost"
    assert signed_in(north.manager).get(path).status_code == 403
    assert AuditRow.objects.count() == 1


def test_htmx_gets_the_board_alone() -> None:
    page = signed_in(make_user()).get("/dashboard/", headers={"HX-Request": "true"})
    assert "<html" not in page.content.decode()
    assert "有效客户" in page.content.decode()


@pytest.mark.parametrize("size", [2, 9])
def test_pages_cost_the_same_queries_however_many_people(
    size: int, django_assert_num_queries
) -> None:
    make_shop("城北", 2, size)
    fold()
    client = signed_in(make_user())
    with django_assert_num_queries(34):
        shown(client, "/dashboard/?start=2026-10-24")
    with django_assert_num_queries(7):
        shown(client, "/dashboard/people/?metric=added&start=2026-10-24")
