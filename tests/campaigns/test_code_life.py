"""A code may be switched off and on, copied to departments, and deleted while nobody came by it."""

import pytest

from campaigns.errors import CodeInUse
from campaigns.models import ChannelCode, WelcomeVariant
from campaigns.services.channel_codes import (
    create_channel_code,
    disable_channel_code,
    push_channel_codes,
)
from campaigns.services.code_life import (
    copy_to_departments,
    delete_channel_code,
    enable_channel_code,
    new_state,
)
from org.models import AuditRow
from tests.campaigns.friends import bring
from tests.campaigns.test_channel_codes import spec, ways
from tests.campaigns.world import make_code
from tests.makers import NOW, make_app, make_department, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_switched_on_again_it_has_a_new_picture(sim):
    code = create_channel_code(spec(make_app()), now=NOW)
    old = code.qr_code_url
    code = disable_channel_code(code, now=NOW)
    code = enable_channel_code(code, now=NOW, actor=make_user(), address="10.0.0.7")

    [way] = ways(sim)
    assert (code.is_enabled, code.is_in_step, code.disabled_at) == (True, True, None)
    assert code.qr_code_url == way["qr_code"] != old
    row = AuditRow.objects.latest("id")
    assert (row.action, row.subject, row.detail["act"], row.address) == (
        "code_changed",
        f"code:{code.pk}",
        "enabled",
        "10.0.0.7",
    )


def test_switching_on_what_is_on_changes_nothing(sim):
    code = create_channel_code(spec(make_app()), now=NOW)
    before = AuditRow.objects.count()
    assert enable_channel_code(code, now=NOW).config_id == code.config_id
    assert AuditRow.objects.count() == before


def test_a_code_that_nobody_used_is_deleted_here_and_at_wecom(sim):
    code = create_channel_code(spec(make_app()), now=NOW)
    code = disable_channel_code(code, now=NOW)
    delete_channel_code(code, now=NOW)
    assert not ChannelCode.objects.exists()
    assert ways(sim) == []


def test_a_code_that_is_on_or_not_recycled_or_was_used_stays():
    on = make_code()
    waiting = make_code(state="B01", is_enabled=False, is_in_step=False)
    used = make_code(state="C01", is_enabled=False)
    bring(used)
    for code in (on, waiting, used):
        with pytest.raises(CodeInUse):
            delete_channel_code(code, now=NOW)
    assert ChannelCode.objects.count() == 3
    assert not AuditRow.objects.filter(detail__act="deleted").exists()


def test_departments_get_their_own_codes(sim, rung):
    app = make_app()
    west, south, empty = (make_department(app.corp, number) for number in (2, 3, 4))
    members = [make_staff(userid, app.corp, west) for userid in ("lisi", "wangwu")]
    alone = make_staff("zhangsan", app.corp, south)
    code = make_code(app, text="{客户}好", remark_template="店-{客户}")
    WelcomeVariant.objects.create(channel_code=code, text="晚上好", weekdays=[6, 7])
    WelcomeVariant.objects.create(channel_code=code, text="我是张三", staff=code.staff.get())

    copies = copy_to_departments(code, [west, south, empty], now=NOW, actor=make_user())

    assert [copy.name for copy in copies] == ["部门2·门店 A01", "部门3·门店 A01"]
    assert [list(copy.staff.order_by("id")) for copy in copies] == [members, [alone]]
    assert [copy.kind for copy in copies] == [2, 1]
    assert {copy.text for copy in copies} == {"{客户}好"}
    assert [list(copy.variants.values_list("text", flat=True)) for copy in copies] == [
        ["晚上好"],
        ["晚上好"],
    ]
    assert code.variants.count() == 2
    assert rung == ["scrm.push_channel_codes"]
    assert push_channel_codes() == 2
    assert [len(ways(sim, copy.state)) for copy in copies] == [1, 1]


def test_nobody_in_the_department_no_code(rung):
    code = make_code()
    department = make_department(code.corp)
    make_staff("silent", code.corp, department)
    code.corp.staff.filter(userid="silent").update(is_follow_user=False)

    assert copy_to_departments(code, [department], now=NOW) == []
    assert (ChannelCode.objects.count(), rung) == (1, [])


def test_states_are_short_and_differ():
    states = {new_state() for _ in range(200)}
    assert len(states) == 200
    assert max(len(state) for state in states) <= 30
