"""Confirmations a staff member gives a day are counted, and too many keep a draft unpublished."""

from typing import Any

import pytest

from content.models import Material
from customers.events import EVENT_TYPES
from sop.errors import BadProgram
from sop.program.loads import confirmation_load
from sop.program.parsing import parse_program
from sop.selectors.checking import check_program
from sop.services.publishing import create_journey, publish
from tests.makers import NOW
from tests.sop.world import program
from touches.models import SendingRules


def mass(key: str, **over: Any) -> dict[str, Any]:
    return {
        "id": key,
        "type": "touch",
        "lane": "M",
        "purpose": "knowledge",
        "title": key,
        "content": {"text": key},
    } | over


def day(number: int, slot: int = 0, key: str = "") -> dict[str, Any]:
    return {"id": key or f"d{number}_{slot}", "type": "wait", "day": number, "slot": slot}


def split(*arms: list[dict[str, Any]], kind: str = "experiment") -> dict[str, Any]:
    labeled = [{"label": f"L{n}", "steps": steps} for n, steps in enumerate(arms)]
    return {"id": "split", "type": kind, "arms": labeled}


def awaiting(hours: int, *late: dict[str, Any]) -> dict[str, Any]:
    timeout = {"hours": hours}
    return {"id": "wait", "type": "await", "event": "link_opened", "timeout": timeout, "late": late}


CASES = [
    ([day(1), mass("a"), day(2), mass("b")], (1, 1, 2)),
    ([day(1, 0), mass("a"), day(1, 1), mass("b"), day(3), mass("c")], (2, 1, 3)),
    ([day(1), mass("a", title="x", content={"text": "t"})], (1, 1, 1)),
    ([day(1), mass("a", title="x", content={"text": "t"}), day(2, 0), mass("b")], (1, 1, 2)),
    # The same text in the same slot is one task.
    (
        [mass("a", title="x", slot=1), mass("b", title="x", slot=1, content={"text": "a"})],
        (1, 0, 1),
    ),
    # Arms add up: a member has customers in each.
    ([day(1), split([mass("a")], [mass("b")])], (2, 1, 2)),
    # Whoever leaves is not there later; whoever no arm takes goes on.
    ([split([{"id": "x", "type": "exit", "reason": "完"}], [day(1)]), mass("b")], (1, 1, 1)),
    # After an await people come on several days, until a slot gathers them.
    ([awaiting(48), mass("a"), mass("b")], (2, 0, 2)),
    ([awaiting(5), day(1), mass("a"), day(2), mass("b")], (1, 1, 2)),
    ([{"id": "p", "type": "wait", "for": {"days": 3}}, mass("a")], (1, 3, 1)),
    ([mass("t", lane="T", content={"body": "b"})], (0, 0, 0)),
]


@pytest.mark.parametrize(("steps", "expected"), CASES)
def test_confirmations_are_counted_by_day_slot_and_content(steps, expected):
    load = confirmation_load(parse_program(program(*steps), event_types=EVENT_TYPES))
    assert (load.most_a_day, load.fullest_day, load.steady) == expected


@pytest.mark.django_db
def test_above_the_limit_nothing_is_published():
    steps = [day(1), *(mass(name, slot=n % 3) for n, name in enumerate("abcd"))]
    journey = create_journey(code="J", name="J", program=program(*steps), now=NOW)

    with pytest.raises(BadProgram) as refused:
        publish(journey.pk, now=NOW)

    (problem,) = refused.value.found
    assert (problem.anchor, problem.place) == ("d", "员工确认量")
    assert "每位员工要确认 4 次群发" in problem.reason
    assert "超过每天 3 次的上限" in problem.reason
    assert journey.versions.count() == 0
    SendingRules.objects.filter(pk=1).update(mass_a_staff_a_day=4)


@pytest.mark.django_db
def test_many_days_are_a_warning_only():
    steps = [part for n in range(4) for part in (day(n + 1), mass(f"m{n}"))]
    check = check_program(program(*steps))
    assert check.problems == ()
    assert "每位员工每天最多要确认 4 次群发" in check.warnings[0].reason


@pytest.mark.django_db
def test_a_material_that_is_not_there_or_not_published_is_a_problem():
    hidden = Material.objects.create(title="x", body="x", created_at=NOW, updated_at=NOW)
    content = {"text": "看这里", "material_id": hidden.pk}
    for number in (hidden.pk, 0, 999_999):
        raw = program(mass("a", content=content | {"material_id": number}))
        (problem,) = check_program(raw).problems
        assert (problem.anchor, problem.reason) == ("a", "素材不存在或未发布，请重新选择")
    Material.objects.update(is_published=True)
    assert check_program(program(mass("a", content=content))).problems == ()


@pytest.mark.django_db
def test_a_tag_that_nobody_made_is_told():
    tagging = {"id": "t", "type": "tag", "add": ["猫"]}
    check = check_program(program(mass("a", **{"if": {"tag": "狗"}}), tagging))
    assert check.problems == ()
    assert [str(warning) for warning in check.warnings] == [
        "「打标签 +猫」:没有叫「猫」的标签，这一步不会生效",
        "条件:没有叫「狗」的标签，这个条件永远不成立",
    ]
