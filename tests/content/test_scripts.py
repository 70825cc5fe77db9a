"""Scripts are found by what staff type, and kept in the order that their author gave them."""

from datetime import timedelta

import pytest

from content.models import Script
from content.placeholders import fill
from content.selectors.scripts import scripts_for
from content.services.scripts import (
    ScriptText,
    delete_script,
    move_script,
    note_script_use,
    save_script,
)
from org.models import User
from scrm.demo.scripts import SCRIPTS, write_scripts
from tests.makers import NOW, make_staff, make_user

pytestmark = pytest.mark.django_db


def make_script(title: str, category: str = "换粮", text: str = "", **over: object) -> Script:
    return save_script(ScriptText(category, title, text or f"{title}的说法", **over), now=NOW)


def titles(viewer: User, query: str = "") -> list[str]:
    return [script.title for script in scripts_for(viewer, query)]


def test_categories_and_scripts_stand_in_the_order_they_were_written():
    viewer = make_user(role=User.Role.STAFF, staff=make_staff())
    make_script("怎么换")
    make_script("查物流", category="订单")
    make_script("软便")

    assert titles(viewer) == ["怎么换", "软便", "查物流"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("软便", ["换粮软便", "敏感肠胃"]),
        ("怎么换粮", ["换粮怎么换", "换粮软便"]),
        ("粮", ["换粮怎么换", "换粮软便", "Abc 猫粮", "敏感肠胃"]),
        ("低敏 软便", ["敏感肠胃", "换粮软便"]),
        ("abc", ["Abc 猫粮"]),
        ("发票", []),
        ("  ", ["换粮怎么换", "换粮软便", "敏感肠胃", "Abc 猫粮"]),
        ("%_'\\", []),
    ],
)
def test_a_query_finds_what_shares_its_pairs_of_characters(query: str, found: list[str]):
    viewer = make_user()
    make_script("换粮怎么换", category="喂养", text="七天慢慢来,新粮一半")
    make_script("换粮软便", category="喂养", text="退回上一档")
    make_script("敏感肠胃", category="喂养", text="反复软便试低敏粮")
    make_script("Abc 猫粮", category="牌子", text="英文名")

    assert titles(viewer, query) == found


def test_disabled_scripts_and_people_without_the_right_get_nothing():
    make_script("停用的", is_enabled=False)
    make_script("在用的")
    gone = make_staff("gone")
    gone.left_at = NOW
    gone.save()

    assert titles(make_user()) == ["在用的"]
    assert titles(make_user("leaver", User.Role.STAFF, gone)) == []


def test_a_list_costs_one_query(django_assert_num_queries):
    viewer = make_user()
    for number in range(5):
        make_script(f"换粮{number}")
    # The rights of the viewer, and the scripts.
    with django_assert_num_queries(2):
        assert len(titles(viewer, "换粮")) == 5


def test_moving_changes_places_inside_the_category_only():
    viewer = make_user()
    first, second = make_script("一"), make_script("二")
    make_script("别处", category="订单")

    move_script(second, up=True)
    assert titles(viewer) == ["二", "一", "别处"]
    move_script(Script.objects.get(pk=first.pk), up=False)
    move_script(Script.objects.get(pk=second.pk), up=True)
    assert titles(viewer) == ["二", "一", "别处"]


def test_a_script_that_changes_its_category_goes_to_the_end_of_it():
    viewer = make_user()
    script = make_script("一")
    make_script("二")
    make_script("物流", category="订单")

    save_script(ScriptText("订单", "一", "新说法"), now=NOW + timedelta(hours=1), script=script)

    assert titles(viewer) == ["二", "物流", "一"]
    script.refresh_from_db()
    assert (script.text, script.updated_at) == ("新说法", NOW + timedelta(hours=1))
    assert script.created_at == NOW


def test_uses_are_counted_and_a_script_that_is_gone_counts_for_nothing():
    script, other = make_script("一"), make_script("二")

    note_script_use(script.pk, now=NOW)
    note_script_use(script.pk, now=NOW + timedelta(minutes=1))
    delete_script(other)
    note_script_use(other.pk, now=NOW)

    script.refresh_from_db()
    assert (script.use_count, script.last_used_at) == (2, NOW + timedelta(minutes=1))
    assert Script.objects.count() == 1


def test_the_placeholders_are_filled_politely():
    text = "{客户}你好,我是{员工}"
    assert fill(text, customer_name="小林", staff_name="张珊") == "小林你好,我是张珊"
    assert fill(text, customer_name="", staff_name="") == "朋友你好,我是您的专属顾问"


def test_the_demo_company_has_its_scripts_once():
    viewer = make_user()
    assert write_scripts(now=NOW) == sum(len(scripts) for scripts in SCRIPTS.values()) == 21
    assert write_scripts(now=NOW) == 0
    assert titles(viewer)[:2] == ["第一次打招呼", "发需求卡"]
    assert titles(viewer, "软便怎么办")[0] == "换粮软便"
