"""The list of journeys, templates, copies, and what state a journey is in."""

import pytest
from django.urls import reverse

from content.services.materials import ArticleText, publish_article
from customers.models import Customer
from org.models import AuditRow, User
from sop.models import Journey, JourneyRun
from sop.services.publishing import create_journey
from tests.api.people import follow
from tests.console.journey_pages import HTMX, WAIT, draft, signed_in, url
from tests.makers import NOW, make_staff
from tests.sop.world import GREETING, befriend, live, program, run_until

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: NOW)


@pytest.fixture
def client():
    return signed_in()


def text(response) -> str:
    return response.content.decode()


def rows(shown: str) -> list[str]:
    """The text of each row, without its tags."""
    cells = shown.split("<tbody")[1].split("</tbody>")[0].split("<tr>")[1:]
    return [" ".join(part.split("<")[0].strip() for part in row.split(">")) for row in cells]


def figures(client, **query) -> list[str]:
    answer = client.get(reverse("journeys"), {"figures": "1"} | query, headers=HTMX)
    return rows(text(answer))


def test_what_runs_stands_first_with_its_figures(client):
    goal = [{"name": "首购", "event": "order_paid", "days": 14}]
    journey = live("J1", program(WAIT, goals=goal, control_percent=10))
    draft(code="J9")
    for _ in range(4):
        befriend()
    ids = list(JourneyRun.objects.order_by("id").values_list("id", flat=True))
    JourneyRun.objects.update(is_control=False)
    JourneyRun.objects.filter(pk=ids[0]).update(is_control=True)
    JourneyRun.objects.filter(pk=ids[1]).update(goal_at=NOW, goal_name="首购")
    JourneyRun.objects.filter(pk=ids[2]).update(state="parked")

    shown = text(client.get(reverse("journeys")))
    first, second = figures(client)

    assert shown.index("J1 · 发生「添加好友」") < shown.index("J9 · ")
    for words in ("运行中", " 3 ", " 1 ", "33.3%", "0.0%", "第 1 版", "2026-11-22 11:00"):
        assert words in first
    assert "草稿" in second
    assert f"{url('journey_runs', journey)}?goal=1&amp;arm=treated" in text(
        client.get(reverse("journeys"), {"figures": "1"})
    )


def test_the_list_is_narrowed_by_state_and_name(client):
    live("J1")
    draft(code="J9")
    Journey.objects.filter(code="J9").update(name="沉睡唤醒")
    archived = draft(code="J8")
    Journey.objects.filter(pk=archived.pk).update(state="archived")

    assert [row for row in figures(client) if "J8" in row] == []
    assert len(figures(client)) == 2
    assert ["J9" in row for row in figures(client, q="沉睡")] == [True]
    assert ["J8" in row for row in figures(client, state="archived")] == [True]
    assert "没有这样的旅程" in text(client.get(reverse("journeys"), {"q": "无\x00此"}))


def test_an_empty_list_leads_to_the_templates(client):
    shown = text(client.get(reverse("journeys")))
    assert "还没有旅程" in shown
    assert reverse("journey_templates") in shown


def test_a_manager_sees_figures_of_their_own_customers_only(client):
    live("J1", program(WAIT))
    own, _foreign = befriend(), befriend()
    boss = make_staff("boss", is_leader=True)
    follow(boss, Customer.objects.get(pk=own.customer_id))
    manager = signed_in(User.Role.MANAGER, "boss", staff=boss)

    shown = text(manager.get(reverse("journeys"), {"figures": "1"}))

    assert ">1</a>" in shown
    assert ">2</a>" not in shown
    assert "新建旅程" not in shown
    for address in (reverse("journey_new"), reverse("journey_templates")):
        assert manager.get(address).status_code == 403
    guide = signed_in(User.Role.STAFF, "guide", staff=make_staff("guide"))
    assert guide.get(reverse("journeys")).status_code == 403


def test_a_blank_journey_is_made_and_belongs_to_who_made_it(client):
    form = text(client.get(reverse("journey_new"), headers=HTMX))
    assert 'value="J01"' in form
    made = client.post(reverse("journey_new"), {"name": "新客", "code": "J01"}, headers=HTMX)
    journey = Journey.objects.get()
    assert made["HX-Redirect"] == url("journey", journey)
    assert (journey.name, journey.state, str(journey.owner)) == ("新客", "draft", "operator")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "", "code": "J2"}, "必填"),
        ({"name": "x", "code": "有空 格"}, "只能用字母"),
        ({"name": "x", "code": "J1"}, "代号 J1 已被使用"),
    ],
)
def test_a_journey_without_a_name_of_its_own_is_not_made(client, values, message):
    draft(code="J1")
    refused = client.post(reverse("journey_new"), values, headers=HTMX)
    assert refused.status_code == 422
    assert message in text(refused)
    assert Journey.objects.count() == 1


def test_a_template_says_what_it_is_for_before_it_is_used(client):
    publish_article(ArticleText(title="7 天换粮表", body="正文"), now=NOW)
    assert "买过、超过 60 天没再买的好友" in text(client.get(reverse("journey_templates")))

    shown = text(client.get(reverse("journey_template", args=["J01"])))

    for words in ("新好友七天内认识品牌", "次日上午", "家里是猫还是狗呀", "14 天内首购"):
        assert words in shown
    assert "《本月会员日清单》" in shown.split("另选")[1][:80]
    assert "《7 天换粮表》" not in shown.split("另选")[1][:80]
    assert client.get(reverse("journey_template", args=["J99"])).status_code == 404


def test_a_journey_is_made_of_a_template_and_missing_materials_are_told(client):
    article = publish_article(ArticleText(title="7 天换粮表", body="正文"), now=NOW)
    address = reverse("journey_template", args=["J01"])
    client.post(address, {"name": "新客培育", "code": "J01"})
    client.post(address, {"name": "再来一个", "code": "J77"})
    first, second = Journey.objects.order_by("id")
    assert (first.name, second.name) == ("新客培育", "再来一个")
    materials = [
        step["content"].get("material_id")
        for step in first.draft["steps"]
        if step["type"] == "touch" and "material_id" in step["content"]
    ]
    assert materials == [article.pk, 0, 0]
    shown = text(client.get(url("journey", first)))
    assert shown.count("素材不存在或未发布，请重新选择</small>") == 2


def test_a_copy_has_the_draft_but_neither_runs_nor_versions(client):
    journey = live("J1", program(GREETING, WAIT))
    befriend()
    client.post(url("journey_copy", journey), {"name": "副本", "code": "J2"})
    twin = Journey.objects.get(code="J2")
    assert twin.draft == journey.draft
    assert (twin.state, twin.versions.count(), twin.runs.count()) == ("draft", 0, 0)


def test_name_and_owner_are_changed(client):
    journey = draft()
    boss = User.objects.get()
    data = {"name": "新名字", "owner": boss.pk}
    client.post(url("journey_basics", journey), data, headers=HTMX)
    journey.refresh_from_db()
    assert (journey.name, journey.owner) == ("新名字", boss)
    refused = client.post(url("journey_basics", journey), {"name": "x", "owner": 999}, headers=HTMX)
    assert refused.status_code == 422


def test_a_journey_is_paused_resumed_and_archived_and_that_is_written_down(client):
    journey = live("J1", program(WAIT))
    befriend()
    run_until(NOW)
    states = []
    for to in ("pause", "resume", "archive"):
        client.post(url("journey_state", journey), {"to": to})
        journey.refresh_from_db()
        states.append(journey.state)
    assert states == ["paused", "live", "archived"]
    assert JourneyRun.objects.get().state == "stopped"
    acts = AuditRow.objects.filter(action="journey_changed").order_by("id")
    assert [(str(row.actor), row.detail["act"]) for row in acts] == [
        ("None", "published"),
        ("operator", "paused"),
        ("operator", "resumed"),
        ("operator", "archived"),
    ]


def test_what_is_not_live_is_not_paused(client):
    journey = draft()
    shown = client.post(url("journey_state", journey), {"to": "pause"}, follow=True)
    assert "旅程现在是“草稿”" in text(shown)
    assert client.post(url("journey_state", journey), {"to": "delete"}).status_code == 404
    journey.refresh_from_db()
    assert journey.state == "draft"


@pytest.mark.parametrize("count", [1, 6])
def test_the_list_costs_the_same_queries_however_long(client, count, django_assert_num_queries):
    for n in range(count):
        create_journey(code=f"J{n}", name=f"旅程{n}", program=program(), now=NOW)
    # session, user; counts by state, count, journeys with versions and owners, runs on their way.
    with django_assert_num_queries(6):
        client.get(reverse("journeys"))
    with django_assert_num_queries(6):
        client.get(reverse("journeys"), {"figures": "1"}, headers=HTMX)
