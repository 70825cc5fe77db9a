"""A channel code is made once at WeCom, whatever happens to the answer."""

import pytest

from campaigns.errors import BadChannelCode, StateTaken
from campaigns.models import ChannelCode
from campaigns.services.channel_codes import (
    ChannelCodeSpec,
    create_channel_code,
    disable_channel_code,
    push_channel_codes,
    update_channel_code,
)
from common import sql
from tests.makers import CORP_ID, NOW, make_app, make_staff
from wecom.models import App

ADD = "externalcontact/add_contact_way"


def spec(app: App, *userids: str, **over) -> ChannelCodeSpec:
    staff = [
        app.corp.staff.filter(userid=userid).first() or make_staff(userid, app.corp)
        for userid in userids or ("zhangsan", "lisi")
    ]
    return ChannelCodeSpec(
        **({"app": app, "name": "门店 A02", "state": "A02", "staff": staff} | over)
    )


def ways(sim, state: str = "A02") -> list[dict[str, object]]:
    rows = sim.snapshot()["corps"][CORP_ID]["contact_ways"].values()
    return [row for row in rows if row["state"] == state]


def test_a_code_is_made_at_wecom_with_our_state(sim):
    code = create_channel_code(spec(make_app()), now=NOW)
    [way] = ways(sim)
    assert (code.config_id, code.qr_code_url) == (way["config_id"], way["qr_code"])
    assert (code.is_in_step, code.pushing_until, code.last_error) == (True, None, "")
    assert (code.kind, way["user"], way["remark"]) == (2, ["zhangsan", "lisi"], "门店 A02")


@pytest.mark.parametrize("mode", ["http_502_executed", "reset_executed", "minus_one_executed"])
def test_a_lost_answer_is_found_again_not_made_again(sim, mode):
    sim.set_faults({"match": ADD, "mode": mode, "times": 1})
    code = create_channel_code(spec(make_app()), now=NOW)
    assert (code.config_id, code.is_in_step) == ("", False)
    assert push_channel_codes() == 0
    sql.execute("UPDATE campaigns_channelcode SET pushing_until = clock_timestamp()")
    assert push_channel_codes() == 1
    code.refresh_from_db()
    [way] = ways(sim)
    assert (code.config_id, code.qr_code_url) == (way["config_id"], way["qr_code"])


def test_an_answer_lost_before_it_was_made_is_made_then(sim):
    sim.set_faults({"match": ADD, "mode": "http_502", "times": 1})
    create_channel_code(spec(make_app()), now=NOW)
    sql.execute("UPDATE campaigns_channelcode SET pushing_until = clock_timestamp()")
    assert push_channel_codes() == 1
    assert len(ways(sim)) == 1


def test_a_passing_error_is_tried_again_at_once(sim):
    sim.set_faults({"match": ADD, "mode": "busy_6000", "times": 1})
    code = create_channel_code(spec(make_app()), now=NOW)
    assert "6000" in code.last_error
    assert push_channel_codes() == 1
    assert len(ways(sim)) == 1


def test_two_codes_cannot_share_a_state(sim):
    app = make_app()
    create_channel_code(spec(app), now=NOW)
    with pytest.raises(StateTaken):
        create_channel_code(spec(app), now=NOW)
    assert ChannelCode.objects.count() == 1
    assert len(ways(sim)) == 1


@pytest.mark.parametrize(
    "over",
    [{"staff": []}, {"state": ""}, {"state": "x" * 31}, {"task_delay_minutes": 0}],
)
def test_nonsense_is_refused_before_anything_is_made(sim, over):
    with pytest.raises(BadChannelCode):
        create_channel_code(spec(make_app(), **over), now=NOW)
    assert not ChannelCode.objects.exists()
    assert ways(sim) == []


def test_other_people_may_take_over_under_the_same_picture(sim):
    app = make_app()
    code = create_channel_code(spec(app), now=NOW)
    picture = code.qr_code_url
    code = update_channel_code(code, spec(app, "lisi", "wangwu", name="门店 A02 新"), now=NOW)
    [way] = ways(sim)
    assert (way["user"], way["remark"]) == (["lisi", "wangwu"], "门店 A02 新")
    assert (code.qr_code_url, code.is_in_step) == (picture, True)
    with pytest.raises(BadChannelCode):
        update_channel_code(code, spec(app, "lisi"), now=NOW)


def test_a_code_switched_off_is_gone_at_wecom(sim):
    code = create_channel_code(spec(make_app()), now=NOW)
    code = disable_channel_code(code, now=NOW)
    assert ways(sim) == []
    assert (code.is_enabled, code.config_id, code.is_in_step) == (False, "", True)
    assert push_channel_codes() == 0
