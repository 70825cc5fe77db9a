"""A program that cannot run is not published, and every problem is told with its place."""

import pytest
from django.db import IntegrityError, transaction

from content.services.materials import ArticleText, publish_article
from customers.events import EVENT_TYPES
from sop.errors import BadProgram, WrongState
from sop.models import Journey, JourneyVersion
from sop.program.parsing import parse_program
from sop.program.steps import Contact, Decide
from sop.services.presets import adopt_preset, presets
from sop.services.publishing import archive, change_draft, create_journey, problems_of, publish
from tests.makers import NOW
from tests.sop.world import FRIEND_ADDED, GREETING, live, program

MASS = GREETING | {"lane": "M", "purpose": "knowledge", "content": {"text": "换季"}}
TITLES = ("7 天换粮表", "本月会员日清单", "敏感肠胃自查：五个信号", "换毛季的一周护理")


def wait(**over):
    return {"id": "w", "type": "wait"} | over


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (program(entry={}), "进入条件:要有触发行为,或者每日扫描时间"),
        (program(entry={"scan_at": "09:40"}), "进入条件:每日扫描需要条件,否则所有客户都会进入"),
        (program(entry={"events": [{"event": "nothing"}]}), "进入条件:没有叫 nothing 的行为"),
        (
            program(entry={"events": [FRIEND_ADDED | {"where": {"colour": 1}}]}),
            "进入条件:行为 friend_added 没有字段 colour",
        ),
        ({"entry": {"events": [FRIEND_ADDED]}, "steps": []}, "步骤:至少要有一步"),
        (program(GREETING, GREETING), "步骤 2:编号 greet 重复"),
        (program({"id": "x", "type": "fly"}), "步骤 1:没有叫 fly 的步骤"),
        (program({"type": "exit", "reason": "x"}), "步骤 1:缺少 id"),
        (program(wait()), "步骤 1:等待要写明一种方式:for、day 或 time"),
        (program(wait(**{"for": {"days": 0}})), "步骤 1:时长要在 1 秒和 730 天之间"),
        (program(wait(time="25:00")), "步骤 1:时刻要写成 HH:MM"),
        (program(wait(day=1, slot=0, colour=1)), "步骤 1:不认识的内容 colour"),
        (
            program(MASS | {"content": {"text": "{客户}你好"}}),
            "步骤 1:群发对所有客户是同一段文字,不能用变量;要因人而异请用 T 通道",
        ),
        (program(MASS | {"content": {}}), "步骤 1:群发要有文字或素材"),
        (program(GREETING | {"lane": "S"}), "步骤 1:通道只能是 M(企业群发)或 T(员工任务)"),
        (
            program(GREETING | {"if": {"field": "height", "value": 1}}),
            "步骤 1:画像没有字段 height",
        ),
        (
            program(GREETING | {"if": {"field": "order_count", "value": "1"}}),
            "步骤 1:字段 order_count 的值类型不对",
        ),
        (
            program(GREETING | {"if": {"field": "stage", "op": ">", "value": "first"}}),
            "步骤 1:字段 stage 不能用 > 比较",
        ),
        (program(GREETING | {"if": {"all": []}}), "步骤 1:组合条件里有空条件"),
        (
            program({"id": "a", "type": "await", "event": "link_opened"}),
            "步骤 1:缺少 timeout",
        ),
        (program({"id": "x", "type": "experiment", "arms": [{}]}), "步骤 1:分支太少"),
        (
            program({"id": "d", "type": "decide", "arms": [{"label": "甲"}, {"label": "乙"}]}),
            "步骤 1:只有最后一个分支可以没有条件",
        ),
        (program(control_percent=80), "对照组:比例要在 0 和 50 之间"),
        (program(exits=[{"event": "order_paid"}]), "退出条件 1:缺少 reason"),
        (program(colour="red"), "程序:不认识的内容 colour"),
    ],
)
def test_a_faulty_program_says_what_is_wrong_and_where(raw, problem):
    assert problems_of(raw) == [problem]


def test_all_problems_are_told_at_once_also_deep_inside():
    inner = [GREETING | {"lane": "X"}, wait()]
    raw = program({"id": "d", "type": "decide", "arms": [{"label": "甲", "steps": inner}]})
    assert problems_of(raw) == [
        "步骤 1 分支1 1:通道只能是 M(企业群发)或 T(员工任务)",
        "步骤 1 分支1 2:等待要写明一种方式:for、day 或 time",
    ]


def test_too_many_steps_and_too_deep_nesting_are_refused():
    many = [GREETING | {"id": f"s{n}"} for n in range(201)]
    assert problems_of(program(*many)) == ["步骤:最多 200 步,现在有 201 步"]
    step = GREETING
    for n in range(10):
        step = {"id": f"d{n}", "type": "decide", "arms": [{"label": "深", "steps": [step]}]}
    assert any("分支嵌套超过 8 层" in problem for problem in problems_of(program(step)))


def test_arms_rejoin_and_every_step_knows_what_follows():
    arms = [{"label": "甲", "when": {"tag": "猫"}, "steps": [GREETING]}, {"label": "乙"}]
    tail = {"id": "end", "type": "exit", "reason": "完"}
    read = parse_program(
        program({"id": "d", "type": "decide", "arms": arms}, tail), event_types=EVENT_TYPES
    )
    assert isinstance(read.by_id["d"], Decide)
    assert isinstance(read.by_id["greet"], Contact)
    assert (read.first, read.after) == ("d", {"d": "end", "greet": "end", "end": ""})


@pytest.mark.django_db
def test_a_faulty_draft_is_kept_but_not_published():
    journey = create_journey(code="J", name="J", program={}, now=NOW)
    assert change_draft(journey.pk, program=program(wait()), now=NOW)
    with pytest.raises(BadProgram) as refused:
        publish(journey.pk, now=NOW)
    assert refused.value.problems == ["步骤 1:等待要写明一种方式:for、day 或 time"]
    journey.refresh_from_db()
    assert (journey.state, journey.current) == (Journey.State.DRAFT, None)


@pytest.mark.django_db
def test_a_published_version_never_changes():
    version = live().current
    for change in ({"program": {}}, {"number": 9}, {"checksum": ""}):
        with pytest.raises(IntegrityError), transaction.atomic():
            JourneyVersion.objects.filter(pk=version.pk).update(**change)


@pytest.mark.django_db
def test_an_archived_journey_is_not_published_again():
    journey = live()
    archive(journey.pk, now=NOW)
    with pytest.raises(WrongState):
        publish(journey.pk, now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["J01", "J05", "J10", "J12"])
def test_every_template_can_be_published(code):
    texts = (ArticleText(title=title, body="正文") for title in TITLES)
    materials = {text.title: publish_article(text, now=NOW).pk for text in texts}
    journey = adopt_preset(code, materials=materials, now=NOW)
    assert publish(journey.pk, now=NOW).number == 1
    assert adopt_preset(code, materials={}, now=NOW) == journey


@pytest.mark.django_db
def test_a_template_without_its_materials_is_refused():
    with pytest.raises(BadProgram, match="没有叫《7 天换粮表》的素材"):
        adopt_preset("J01", materials={}, now=NOW)
    assert not Journey.objects.exists()
    assert set(presets()) == {"J01", "J05", "J10", "J12"}
