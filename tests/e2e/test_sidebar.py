"""The sidebar in a real browser, with the real JS-SDK on a stand-in for the client's bridge."""

from typing import Any

import pytest
from playwright.sync_api import Page

from customers.models import Event
from tests.e2e.browser import check_page, expect
from tests.e2e.chat import CONTACT, GROUP, Chat, make_chat, open_link_of, read
from tests.e2e.phone import Phones
from touches.models import Dispatch, Touch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def chat(phones: Phones) -> Chat:
    return make_chat()


@pytest.fixture
def sidebar(phones: Phones, chat: Chat) -> Page:
    page = phones.open("/sidebar/", chat.user, **chat.single)
    expect(page.get_by_role("heading", name="小林")).to_be_visible()
    return page


def bridge_calls(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.wecomCalls.map((call) => call.name)")
    return found


def received(phones: Phones) -> list[dict[str, Any]]:
    """What reached the customer's phone in the sandbox."""
    entries = phones.box.sim.outbox(to=CONTACT)
    return [entry["payload"] for entry in entries if entry["kind"] == "staff_message"]


def types() -> list[str]:
    return list(Event.objects.order_by("id").values_list("type", flat=True))


def test_the_real_sdk_is_signed_and_asks_whose_chat_it_is(sidebar: Page):
    calls = bridge_calls(sidebar)

    # The sandbox has checked the signature against its own ticket: else there would be no card.
    assert "agentConfig" in calls
    assert calls[-2:] == ["getContext", "getCurExternalContact"]


@pytest.mark.parametrize(("width", "dark"), [(375, False), (400, True), (450, False)])
def test_every_tab_is_sound(phones: Phones, chat: Chat, width: int, dark: bool):
    page = phones.open("/sidebar/", chat.user, width=width, dark=dark, **chat.single)
    for name in ("待办", "话术", "素材", "动态"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        page.wait_for_timeout(150)
        check_page(page)


def test_a_task_is_sent_with_one_tap_and_done(phones: Phones, sidebar: Page):
    task = sidebar.locator(".task", has_text="一句提问")
    task.get_by_role("button", name="发送").click()

    expect(sidebar.locator("#toast")).to_contain_text("已发送")
    expect(sidebar.locator(".task", has_text="一句提问")).to_have_count(0)
    assert received(phones) == [{"text": "小林你好，家里是猫还是狗呀？"}]
    assert types() == ["staff_sent", "staff_task_done"]
    assert Touch.objects.filter(state=Touch.State.CONFIRMED).count() == 1


def test_what_is_sent_is_what_was_edited(phones: Phones, sidebar: Page):
    task = sidebar.locator(".task", has_text="门店回访")
    task.get_by_role("button", name="发送").click()
    expect(sidebar.locator("#toast")).to_contain_text("先写一句话")

    task.get_by_label("要发送的话").fill("上次的洗护还满意吗？")
    task.get_by_role("button", name="发送").click()

    expect(sidebar.locator("#toast")).to_contain_text("已发送")
    assert received(phones) == [{"text": "上次的洗护还满意吗？"}]


def test_a_sending_that_is_cancelled_records_nothing(phones: Phones, chat: Chat):
    page = phones.open("/sidebar/", chat.user, fail="sendChatMessage", **chat.single)
    page.locator(".task").first.get_by_role("button", name="发送").click()

    expect(page.locator("#toast")).to_contain_text("已取消发送")
    assert types() == []


def test_a_material_and_a_script_go_out_with_two_taps(phones: Phones, sidebar: Page):
    sidebar.get_by_role("tab", name="素材").click()
    sidebar.get_by_role("button", name="发送：7 天换粮表").click()
    expect(sidebar.locator("#toast")).to_contain_text("已发送")
    sidebar.get_by_role("tab", name="话术").click()
    sidebar.get_by_label("搜索话术").fill("软便")
    expect(sidebar.get_by_role("button", name="发送：欢迎新朋友")).to_have_count(0)
    sidebar.get_by_role("button", name="发送：软便怎么办").click()

    expect(sidebar.locator("#panel-timeline .event")).to_have_count(2)
    link, text = received(phones)
    assert text == {"text": "先退回旧粮两天。"}
    (attached,) = link["attachments"]
    assert attached["link"]["title"] == "7 天换粮表"
    assert attached["link"]["url"].startswith(f"{phones.product.url}/l/")


def test_a_reading_shows_at_once_and_once(sidebar: Page, chat: Chat):
    sidebar.get_by_role("tab", name="动态").click()
    key = read(chat, open_link_of(chat))

    row = sidebar.locator(f'.event[data-key="{key}"]')
    expect(row).to_have_count(1)
    expect(row).to_contain_text("打开《7 天换粮表》")
    expect(sidebar.locator("#toast")).to_contain_text("打开《7 天换粮表》")


def test_after_a_cut_nothing_is_missing_and_nothing_twice(sidebar: Page, chat: Chat):
    link = open_link_of(chat)
    sidebar.get_by_role("tab", name="动态").click()
    first = read(chat, link)
    expect(sidebar.locator(f'[data-key="{first}"]')).to_have_count(1)

    sidebar.context.set_offline(True)
    missed = [read(chat, link) for _ in range(3)]
    sidebar.wait_for_timeout(300)
    sidebar.context.set_offline(False)
    last = read(chat, link)

    for key in (first, *missed, last):
        expect(sidebar.locator(f'[data-key="{key}"]')).to_have_count(1)
    expect(sidebar.locator("#timeline .event")).to_have_count(5)


def test_tags_and_marks_and_notes(sidebar: Page):
    sidebar.get_by_role("button", name="标签").click()
    sidebar.get_by_label("猫", exact=True).check()
    check_page(sidebar)
    sidebar.get_by_role("button", name="保存").click()
    expect(sidebar.locator("#tags .tag", has_text="猫")).to_be_visible()
    expect(sidebar.locator("#tags")).to_contain_text("同步中")
    sidebar.get_by_role("button", name="有意向").click()
    expect(sidebar.locator("#toast")).to_contain_text("已标记")
    sidebar.get_by_role("button", name="投诉").click()
    expect(sidebar.locator("#toast")).to_contain_text("确认标记投诉？")
    sidebar.get_by_role("button", name="记一笔").click()
    sidebar.get_by_label("上次聊到").fill("喜欢无谷粮")
    sidebar.get_by_role("button", name="记录").click()
    expect(sidebar.locator("#toast")).to_contain_text("已记录")

    assert types() == ["staff_marked", "note_written"]
    assert Dispatch.objects.filter(kind="mark_tag").count() == 1


def test_a_task_is_put_off_with_its_reason(sidebar: Page):
    task = sidebar.locator(".task", has_text="一句提问")
    task.get_by_role("button", name="稍后").click()
    sheet = sidebar.get_by_role("dialog", name="稍后处理")
    sheet.get_by_label("需要先确认").check()
    sheet.get_by_label("明天 9:00").check()
    check_page(sidebar)
    sheet.get_by_role("button", name="确定").click()

    expect(task).to_have_count(0)
    assert Event.objects.get().payload["reason"] == "需要先确认"


def test_what_somebody_writes_is_not_taken_away_by_news(sidebar: Page, chat: Chat):
    area = sidebar.locator(".task", has_text="门店回访").get_by_label("要发送的话")
    area.fill("写了一半")
    sidebar.get_by_role("button", name="已回复").click()
    read(chat, open_link_of(chat))
    sidebar.wait_for_timeout(600)

    expect(area).to_have_value("写了一半")


@pytest.mark.parametrize(
    ("sim", "title"),
    [
        ({"entry": "normal"}, "这里看不到客户"),
        ({"entry": "single_chat_tools"}, "没能识别当前客户"),
        ({"entry": "single_chat_tools", "contact": "wmNobody"}, "没有找到这位客户"),
        ({"entry": "group_chat_tools", "chat": "wrNobody"}, "没有找到这个群"),
        (
            {"entry": "single_chat_tools", "contact": CONTACT, "member": "lisi"},
            "登录的不是当前成员",
        ),
        (
            {"entry": "single_chat_tools", "contact": CONTACT, "fail": "agentConfig"},
            "企业微信没有通过校验",
        ),
    ],
)
def test_a_failure_is_said_plainly_with_a_way_on(
    phones: Phones, chat: Chat, sim: dict[str, str], title: str
):
    page = phones.open("/sidebar/", chat.user, **sim)

    expect(page.get_by_role("heading", name=title)).to_be_visible()
    expect(page.get_by_role("button", name="重试")).to_be_visible()
    check_page(page)


def test_a_wrong_address_is_not_signed_and_told_so(phones: Phones, chat: Chat, settings):
    settings.PUBLIC_URL = "https://scrm.example.com"

    page = phones.open("/sidebar/", chat.user, **chat.single)

    expect(page.locator("[data-reason]")).to_contain_text("请从 https://scrm.example.com 打开")


def test_retrying_after_a_failure_begins_anew(phones: Phones, chat: Chat):
    page = phones.open("/sidebar/", chat.user, entry="single_chat_tools", contact=CONTACT)
    expect(page.get_by_role("heading", name="小林")).to_be_visible()
    page.goto(f"/sidebar/?sim_entry=normal&sim_contact={CONTACT}")
    expect(page.get_by_role("heading", name="这里看不到客户")).to_be_visible()

    page.get_by_role("button", name="重试").click()

    expect(page.get_by_role("heading", name="这里看不到客户")).to_be_visible()
    assert bridge_calls(page)[-1] == "getContext"


def test_the_profile_of_a_contact_shows_the_same_card(phones: Phones, chat: Chat):
    page = phones.open("/sidebar/", chat.user, entry="contact_profile", contact=CONTACT)

    expect(page.get_by_role("heading", name="小林")).to_be_visible()


def test_a_group_shows_its_people_and_takes_links(phones: Phones, chat: Chat):
    page = phones.open("/sidebar/", chat.user, entry="group_chat_tools", chat=GROUP)
    expect(page.get_by_role("heading", name="宠友群")).to_be_visible()
    check_page(page)

    page.get_by_role("tab", name="我的客户").click()
    expect(page.get_by_role("link", name="小林")).to_be_visible()
    check_page(page)
