"""Touches in the console: by state with reasons, each with its story, to each in their scope."""

import io

import pytest
from django.test import Client
from python_calamine import CalamineWorkbook

from org.models import AuditRow, User
from tests.analytics.world import at, fold
from tests.console.figures_world import Shop, make_company, make_journey, make_shop, make_touches
from tests.makers import NOW, make_staff, make_user
from touches.models import EffectLog, Touch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _now(monkeypatch) -> None:
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def shop() -> Shop:
    made = make_shop("城北", 2, 7)
    make_touches(made)
    fold()
    return made


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(client: Client, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.content.decode()


def titles(client: Client, query: str) -> list[str]:
    """The titles of the touches that a list shows."""
    response = client.get(f"/touches/?{query}")
    return [row.touch.title for row in response.context["rows"]]


def test_the_list_says_states_and_reasons(shop: Shop) -> None:
    page = shown(signed_in(make_user()), "/touches/")

    for words in (
        "共 <b>7</b> 条",
        "城北客户2",
        "被抑制",
        "频次上限：一天一次",
        "送达成功",
        "已撤回",
    ):
        assert words in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=suppressed", ["关怀2"]),
        ("state=sent", ["关怀1", "关怀0"]),
        ("lane=T", ["关怀3", "关怀1"]),
        ("reason=频次上限：一天一次", ["关怀2"]),
        ("start=2026-11-22&end=2026-11-22&at=10:05&state=delivered", ["关怀0"]),
        ("start=2026-11-22&at=10:06", []),
        ("start=2026-11-23", []),
        ("state=nonsense&lane=X&start=yesterday&at=99&customer=me&staff=%00&before=-", None),
        ("lane=T&state=confirmed&on_time=1", ["关怀1"]),
        ("lane=T&state=confirmed&on_time=0", []),
        ("journey=nobody", []),
    ],
)
def test_filters_stand_in_the_address(shop: Shop, query: str, expected) -> None:
    everything = [f"关怀{n}" for n in reversed(range(7))]
    assert titles(signed_in(make_user()), query) == (everything if expected is None else expected)


def test_a_customer_and_a_journey_narrow_the_list(shop: Shop) -> None:
    client = signed_in(make_user())
    touch = Touch.objects.get(title="关怀4")
    journey = make_journey(shop)
    run = journey.runs.get(identity_id=touch.identity_id)
    Touch.objects.filter(pk=touch.pk).update(origin_kind="journey", origin_id=str(run.pk))

    assert titles(client, f"customer={touch.customer.uid}") == ["关怀4"]
    assert titles(client, f"journey={journey.code}") == ["关怀4"]
    assert "新客培育" in shown(client, f"/touches/?journey={journey.code}")


def test_pages_follow_each_other_without_a_gap(shop: Shop, monkeypatch) -> None:
    monkeypatch.setattr("scrm.console.touches.views.PAGE_ROWS", 3)
    client = signed_in(make_user())

    first = client.get("/touches/").context["part"]
    second = client.get(f"/touches/?before={first.older}").context["part"]
    third = client.get(f"/touches/?before={second.older}").context["part"]
    back = client.get(f"/touches/?after={third.newer}").context["part"]

    seen = [touch.title for part in (first, second, third) for touch in part.rows]
    assert seen == [f"关怀{n}" for n in reversed(range(7))]
    assert (first.newer, third.older) == (None, None)
    assert [touch.pk for touch in back.rows] == [touch.pk for touch in second.rows]


def test_a_department_sees_its_own(shop: Shop) -> None:
    south = make_shop("城南", 3, 2)
    make_touches(south)
    fold()
    client = signed_in(south.manager)
    foreign = Touch.objects.filter(staff=shop.seller).first()

    assert "城北" not in shown(client, "/touches/")
    assert titles(client, f"staff={shop.seller.pk}") == []
    assert titles(client, f"department={shop.department.pk}") == ["关怀1", "关怀0"]
    shown(client, f"/touches/{foreign.uid}/", status=404)
    assert client.post(f"/touches/{foreign.uid}/withdraw/").status_code == 403


def test_the_story_names_the_winner_and_every_change(shop: Shop) -> None:
    loser = Touch.objects.get(title="关怀2")
    winner = Touch.objects.get(title="关怀0")
    Touch.objects.filter(pk=loser.pk).update(winner=winner)
    EffectLog.objects.create(
        touch=loser, from_state="planned", to_state="suppressed", actor="user:anna", detail="让位"
    )

    page = shown(signed_in(make_user()), f"/touches/{loser.uid}/")

    for words in ("让位给", f"/touches/{winner.uid}/", "今天还好吗", "anna", "城北导购"):
        assert words in page


def test_withdrawing_is_done_logged_and_told(shop: Shop) -> None:
    client = signed_in(make_user())
    touch = Touch.objects.get(state="planned")

    response = client.post(f"/touches/{touch.uid}/withdraw/", follow=True)

    touch.refresh_from_db()
    assert (touch.state, touch.reason) == ("cancelled", "operator 人工撤回")
    assert "已撤回 1 条" in response.content.decode()
    row = AuditRow.objects.get()
    assert (row.action, row.subject) == ("touch_decided", f"touch:{touch.uid}")
    again = client.post(f"/touches/{touch.uid}/withdraw/", follow=True)
    assert "没有可撤回的内容" in again.content.decode()
    assert AuditRow.objects.count() == 1


def test_who_may_only_look_withdraws_nothing(shop: Shop) -> None:
    touch = Touch.objects.get(state="planned")
    client = signed_in(shop.manager)

    assert "撤回这条触达" not in shown(client, f"/touches/{touch.uid}/")
    assert client.post(f"/touches/{touch.uid}/withdraw/").status_code == 403
    touch.refresh_from_db()
    assert touch.state == "planned"


def test_staff_without_the_right_are_refused() -> None:
    client = signed_in(make_user("guide", User.Role.STAFF, make_staff("guide")))
    for path in ("/touches/", "/touches/export/", "/dispatches/", "/dispatches/unknown/"):
        shown(client, path, status=403)


def test_the_list_is_exported(shop: Shop) -> None:
    hostile = Touch.objects.get(title="关怀0")
    Touch.objects.filter(pk=hostile.pk).update(title="=HYPERLINK(1)")

    response = signed_in(make_user()).get("/touches/export/?state=delivered")

    rows = CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0)
    heads, *lines = rows.to_python()
    assert heads[:4] == ["客户", "统一客户 ID", "员工", "通道"]
    assert [(line[0], line[5], line[7]) for line in lines] == [
        ("城北客户0", "=HYPERLINK(1)", "送达成功")
    ]
    assert AuditRow.objects.get().subject == "touches"


def test_counts_of_what_the_facts_do_not_know_are_counted(shop: Shop, monkeypatch) -> None:
    client = signed_in(make_user())
    customer = Touch.objects.get(title="关怀2").customer.uid
    assert "共 <b>1</b> 条" in shown(client, f"/touches/?customer={customer}")
    monkeypatch.setattr("touches.selectors.lists.COUNTED", 0)
    assert "超过 10,000 条" in shown(client, f"/touches/?customer={customer}")


def test_lists_cost_the_same_queries_however_long(django_assert_num_queries) -> None:
    north, _south = make_company()
    assert Touch.objects.filter(due_at=at("2026-11-22 10:05")).count() == 21
    client = signed_in(make_user())
    with django_assert_num_queries(8):
        shown(client, "/touches/")
    with django_assert_num_queries(9):
        shown(client, f"/touches/?staff={north.boss.pk}")
