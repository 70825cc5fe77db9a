"""The workbench on a phone: sound in light and dark, live, and one tap from the chat."""

import pytest

from common import clock
from org.models import Alert, Staff, StaffDepartment, User
from tests.e2e.browser import check_page, expect
from tests.e2e.chat import Chat, make_chat
from tests.e2e.phone import Phones
from tests.makers import make_department, make_staff, make_user
from touches.models import Touch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def chat(phones: Phones) -> Chat:
    return make_chat()


@pytest.fixture
def lead(chat: Chat) -> User:
    """Somebody who leads the guide's department."""
    department = make_department(chat.staff.corp, 2, 1)
    boss: Staff = make_staff("boss", chat.staff.corp, department, is_leader=True)
    StaffDepartment.objects.create(staff=chat.staff, department=department)
    return make_user("lead", User.Role.MANAGER, boss)


@pytest.mark.parametrize(("width", "dark"), [(375, False), (450, True)])
def test_every_page_is_sound(phones: Phones, chat: Chat, lead: User, width: int, dark: bool):
    page = phones.open("/m/", chat.user, width=width, dark=dark)
    for path in ("/m/", "/m/customers/", f"/m/customers/{chat.customer.uid}/"):
        page.goto(path)
        check_page(page)
    check_page(phones.open("/m/team/", lead, width=width, dark=dark))


def test_a_task_is_closed_from_the_day(phones: Phones, chat: Chat):
    page = phones.open("/m/", chat.user)
    task = page.locator(".task", has_text="一句提问")
    task.get_by_role("button", name="完成").click()

    expect(task).to_have_count(0)
    expect(page.locator('[data-count="todo"]')).to_have_text("1")
    assert Touch.objects.get(title="一句提问").state == Touch.State.CONFIRMED


def test_going_to_send_opens_the_chat_whose_sidebar_has_the_task(phones: Phones, chat: Chat):
    page = phones.open("/m/", chat.user)

    page.locator(".task", has_text="一句提问").get_by_role("button", name="去发送").click()

    page.wait_for_url("**/sidebar/**")
    expect(page.locator(".task", has_text="一句提问")).to_be_visible()


def test_an_alert_comes_into_the_feed_by_itself(phones: Phones, chat: Chat):
    page = phones.open("/m/", chat.user)
    expect(page.locator("#alerts .state")).to_be_visible()
    page.wait_for_timeout(300)
    now = clock.now()
    Alert.objects.create(
        key="high_intent:one",
        kind=Alert.Kind.HIGH_INTENT,
        staff=chat.staff,
        customer_id=chat.customer.pk,
        title="高意向：小林",
        body="《7 天换粮表》已阅读 60 秒",
        occurred_at=now,
        created_at=now,
    )

    row = page.locator("#alerts .event")
    expect(row).to_contain_text("高意向：小林")
    row.get_by_role("link").click()
    expect(page.get_by_role("heading", name="小林")).to_be_visible()


def test_my_customers_are_found_while_typing_on_a_phone(phones: Phones, chat: Chat):
    page = phones.open("/m/customers/", chat.user)
    page.get_by_label("搜索客户").fill("小林")
    page.keyboard.press("Enter")

    expect(page.get_by_role("link", name="小林")).to_be_visible()
