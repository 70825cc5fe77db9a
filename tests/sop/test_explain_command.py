"""`manage.py explain` finds a customer by what people have at hand, and prints aligned lines."""

import json

import pytest
from django.core.management import CommandError, call_command

from customers.identifiers import UNIONID
from customers.models import Customer, Follow, Identity
from customers.services.merges import attach_unionids, merge_pending
from sop.selectors.explain_text import padded, width_of
from tests.makers import NOW, make_person
from tests.sop.world import GREETING, befriend, later, live, program, run_until, staff
from touches.models import Touch

pytestmark = pytest.mark.django_db
WAIT = {"id": "pause", "type": "wait", "for": {"days": 1}, "label": "歇一天"}


@pytest.fixture(autouse=True)
def now(monkeypatch):
    monkeypatch.setattr("common.clock.now", lambda: later(hours=1))


def told(capsys, *args: str) -> str:
    call_command("explain", *args)
    return capsys.readouterr().out


def customer_of(person) -> Customer:
    return Customer.objects.get(pk=person.customer_id)


def test_it_prints_the_answer_and_every_part_in_columns(capsys):
    condition = {"all": [{"tag": "猫"}, {"field": "order_count", "op": "<", "value": 1}]}
    live(raw=program(GREETING, GREETING | {"id": "cat", "if": condition}, WAIT))
    person = befriend()
    run_until(NOW)
    Touch.objects.update(state="suppressed", reason="间隔不足：促销间隔")

    lines = told(capsys, str(customer_of(person).uid), "J1").splitlines()

    assert lines[1] == "旅程      J1 J1（运行中，第 1 版）"
    assert lines[2] == "截至      2026-11-22 12:00:00"
    assert lines[3].startswith("结论      在旅程中（第 1 版），停在「歇一天」：等待 1 天")
    accepted = "  进入    2026-11-22 11:00:00  「添加好友」2026-11-22 11:00:00：符合进入条件"
    assert any(line.startswith(accepted) for line in lines)
    kept = "跳过，条件不成立：有标签「猫」（实际 没有）"
    assert f"      ［触达］  cat  员工任务·关怀《问候》 → {kept}" in lines
    assert "        现在的值 条件：✗" in lines
    assert "            ✗ 有标签「猫」（实际 没有）" in lines
    assert "            ✓ 正装订单数 < 1（实际 0）" in lines
    assert "    状态      被抑制：间隔不足：促销间隔" in lines


def test_whoever_never_entered_is_explained_as_well(capsys):
    live()

    out = told(capsys, str(customer_of(make_person()).uid), "J1")

    assert "现在判定（现在的值）\n  结果      ✓ 条件成立，等待发生「添加好友」时进入" in out
    assert "进入判定\n  （没有）" in out


def test_a_customer_is_found_by_external_userid_name_or_remark(capsys):
    live()
    person = befriend()
    Customer.objects.filter(pk=person.customer_id).update(name="小林")
    identity = Identity.objects.get(pk=person.identity_id)
    Follow.objects.update_or_create(
        identity=identity, staff=staff(), defaults={"status": "friend", "remark": "林女士-猫"}
    )

    for text in (identity.value, "小林", "林女士-猫"):
        assert str(customer_of(person).uid) in told(capsys, text, "J1")


def test_a_name_of_several_people_is_refused_with_their_uids():
    live()
    people = [make_person(), make_person()]
    Customer.objects.filter(id__in=[p.customer_id for p in people]).update(name="小林")

    with pytest.raises(CommandError, match="不止一位") as refused:
        call_command("explain", "小林", "J1")
    for person in people:
        assert str(customer_of(person).uid) in str(refused.value)
    assert refused.value.returncode == 1


@pytest.mark.parametrize(
    ("who", "journey", "message"),
    [("nobody", "J1", "没有客户“nobody”"), ("小林", "J9", "没有代号为“J9”的旅程")],
)
def test_the_unknown_is_refused_by_name(who, journey, message):
    live()
    Customer.objects.filter(pk=make_person().customer_id).update(name="小林")

    with pytest.raises(CommandError, match=message):
        call_command("explain", who, journey)


def test_an_unknown_uid_is_refused():
    live()
    with pytest.raises(CommandError, match="没有客户"):
        call_command("explain", "01a2015a-616d-7393-8d65-bb0813c89909", "J1")


def test_the_old_uid_of_a_merged_customer_finds_the_survivor(capsys):
    live()
    kept, absorbed = befriend(), make_person()
    old = customer_of(absorbed).uid
    attach_unionids({kept.identity_id: "u1", absorbed.identity_id: "u1"}, now=NOW)
    merge_pending(now=NOW)
    assert Identity.objects.filter(namespace=UNIONID).count() == 1

    assert str(customer_of(kept).uid) in told(capsys, str(old), "J1")


def test_json_is_what_the_api_says(capsys):
    live()
    person = befriend()
    run_until(NOW)

    data = json.loads(told(capsys, str(customer_of(person).uid), "J1", "--json"))

    assert data["code"] == "J1"
    assert data["answer"] == "进入过（第 1 版），于 2026-11-22 11:00 走完：走完。"
    (run,) = data["runs"]
    assert (run["state"], run["touches"][0]["story"]["touch"]["state"]) == ("done", "planned")
    assert run["touches"][0]["story"]["effects"][0]["to_label"] == "已计划"


def test_chinese_characters_count_as_two_columns():
    assert width_of("进入a") == 5
    assert padded("进入", 6) == "进入  "
    assert padded("进入判定", 6) == "进入判定"
