"""A journey is built, edited, undone and published by keyboard alone, on sound pages."""

import pytest

from org.models import User
from sop.models import Journey
from sop.program.starting import BLANK
from sop.services.publishing import create_journey
from tests.e2e.browser import OpenPage, Page, check_everywhere, check_page, expect
from tests.makers import NOW, make_user

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
MOST_TABS = 60


@pytest.fixture
def journey() -> Journey:
    return create_journey(code="J30", name="键盘旅程", program=BLANK, now=NOW)


@pytest.fixture
def page(open_page: OpenPage, journey: Journey) -> Page:
    shown = open_page(f"/journeys/{journey.uid}/", make_user("林晓", User.Role.OPERATOR))
    expect(shown.locator("#step-entry")).to_be_focused()
    return shown


UNSETTLED = ".htmx-request, .htmx-swapping, .htmx-settling"


def press(page: Page, *keys: str) -> None:
    """Press keys as a person does: what the page is about to show has come."""
    for key in keys:
        expect(page.locator(UNSETTLED)).to_have_count(0)
        page.keyboard.press(key)


def focus_is_on(page: Page, words: str) -> None:
    expect(page.locator("[data-node]:focus")).to_contain_text(words)


def add(page: Page, name: str, key: str = "a") -> None:
    """Open the menu by a key, and choose by the arrow keys."""
    press(page, key)
    items = page.get_by_role("menuitem")
    expect(items.first).to_be_focused()
    position = [text.split("\n")[0] for text in items.all_inner_texts()].index(name)
    press(page, *["ArrowRight"] * position, "Enter")
    expect(page.locator("form.panel")).to_be_visible()


def walk_to(page: Page, label: str) -> None:
    """Walk by Tab to a field of the panel."""
    field = page.locator("#panel").get_by_label(label, exact=True)
    for _ in range(MOST_TABS):
        if field.evaluate("element => element === document.activeElement"):
            return
        press(page, "Tab")
    raise AssertionError(f"{label} is not reached by Tab")


def write(page: Page, label: str, text: str) -> None:
    walk_to(page, label)
    press(page, "Control+a")
    page.keyboard.type(text)


def save(page: Page) -> None:
    """Save what the panel holds: it closes."""
    press(page, "Control+Enter")
    expect(page.locator("form.panel")).to_have_count(0)


def steps(journey: Journey) -> list[str]:
    journey.refresh_from_db()
    return [f"{step['type']} {step.get('title', '')}".strip() for step in journey.draft["steps"]]


def test_a_journey_is_built_edited_undone_and_published(page: Page, journey: Journey):
    add(page, "等到时段")
    write(page, "第几天", "2")
    save(page)
    focus_is_on(page, "等到第 2 天第 1 时段")

    add(page, "企业群发")
    write(page, "标题", "换粮")
    write(page, "群发文字", "慢慢来，七天换完。")
    expect(page.locator("#preview-text")).to_have_text("慢慢来，七天换完。")
    save(page)
    focus_is_on(page, "企业群发·干货《换粮》")
    assert steps(journey) == ["wait", "touch 换粮"]

    press(page, "c")
    expect(page.locator(".item-step")).to_have_count(3)
    press(page, "Delete")
    expect(page.locator(".item-step")).to_have_count(2)
    press(page, "Control+z")
    expect(page.locator(".item-step")).to_have_count(3)
    press(page, "Control+Shift+Z")
    expect(page.locator(".item-step")).to_have_count(2)
    assert steps(journey) == ["wait", "touch 换粮"]

    press(page, "p")
    expect(page.get_by_role("heading", name="第一次发布")).to_be_visible()
    check_page(page)
    press(page, "Enter")
    expect(page.get_by_text("已发布第 1 版")).to_be_visible()
    journey.refresh_from_db()
    assert (journey.state, journey.current.number) == (Journey.State.LIVE, 1)


def test_a_decision_is_built_with_a_condition_and_steps_in_its_arms(page: Page, journey: Journey):
    add(page, "判断")
    expect(page.get_by_text("1 处待完善")).to_be_visible()
    page.locator("#panel").get_by_role("button", name="条件", exact=True).first.focus()
    press(page, "Enter")
    expect(page.locator("#arm-0-when-1-what")).to_be_focused()
    press(page, "Tab", "Tab")
    page.keyboard.type("1")
    save(page)
    focus_is_on(page, "判断（是、否）")

    add(page, "打标签", key="i")
    press(page, "Escape")
    expect(page.locator("#panel form")).to_have_count(0)
    press(page, "ArrowLeft")
    focus_is_on(page, "判断（是、否）")
    press(page, "ArrowRight")
    focus_is_on(page, "打标签")
    press(page, "Delete")
    expect(page.locator(".item-step")).to_have_count(1)
    journey.refresh_from_db()
    (decide,) = journey.draft["steps"]
    assert decide["arms"][0]["when"] == {"field": "order_count", "op": ">=", "value": 1}
    assert decide["arms"][0]["steps"] == []


def test_what_was_not_saved_is_asked_about(page: Page, journey: Journey):
    add(page, "结束")
    write(page, "原因", "还没想好")
    press(page, "Escape")
    question = page.get_by_role("dialog", name="放弃修改？")
    expect(question).to_be_visible()
    press(page, "Escape")
    expect(question).to_be_hidden()
    expect(page.locator("form.panel")).to_be_visible()
    save(page)
    journey.refresh_from_db()
    assert journey.draft["steps"][0]["reason"] == "还没想好"


def test_steps_are_moved_and_arms_folded(page: Page, journey: Journey):
    add(page, "打标签")
    press(page, "Escape")
    add(page, "实验")
    press(page, "Escape")
    focus_is_on(page, "实验")
    press(page, "Alt+ArrowUp")
    expect(page.locator(".item-step").first).to_contain_text("实验")
    focus_is_on(page, "实验")

    press(page, "ArrowDown")
    focus_is_on(page, "打标签")
    press(page, "m")
    place = page.locator("#move-place")
    expect(place).to_be_focused()
    place.select_option(label="「实验（A、B）」的「A」分支里")
    press(page, "Tab", "Enter")
    expect(page.locator(".arm .item-step")).to_have_count(1)
    assert [step["type"] for step in _stored(journey)] == ["experiment"]

    press(page, "ArrowUp", "f")
    expect(page.get_by_text("收起了 1 步")).to_be_visible()
    press(page, "f")
    expect(page.locator(".arm .node")).to_be_visible()
    press(page, "Shift+?")
    expect(page.get_by_role("heading", name="键盘快捷键")).to_be_visible()
    check_page(page)


def _stored(journey: Journey) -> list[dict[str, object]]:
    journey.refresh_from_db()
    return journey.draft["steps"]


def test_two_windows_tell_each_other(open_page: OpenPage, journey: Journey, page: Page):
    other = open_page(f"/journeys/{journey.uid}/", make_user("周宁", User.Role.OPERATOR))
    expect(other.locator("#step-entry")).to_be_focused()
    add(other, "结束")

    press(page, "a", "Enter")

    expect(page.get_by_role("alert")).to_contain_text("草稿刚被周宁改过（添加「结束：走完」）")
    expect(page.locator(".item-step")).to_have_count(1)
    assert [step["type"] for step in _stored(journey)] == ["exit"]
    press(page, "a", "Enter")
    expect(page.locator(".item-step")).to_have_count(2)


def test_the_pages_are_sound(open_page: OpenPage, journey: Journey):
    user = make_user("林晓", User.Role.OPERATOR)
    page = open_page("/journeys/", user)
    addresses = [
        "/journeys/",
        "/journeys/templates/",
        "/journeys/templates/J12/",
        f"/journeys/{journey.uid}/",
        f"/journeys/{journey.uid}/settings/entry/",
        f"/journeys/{journey.uid}/runs/",
        f"/journeys/{journey.uid}/why/",
        f"/journeys/{journey.uid}/versions/",
    ]
    for address in addresses:
        page.goto(address)
        check_everywhere(page)
