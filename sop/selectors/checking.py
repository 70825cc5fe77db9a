"""What keeps a draft from being published (发布检查): its own faults, and what it needs from us."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext

from content.models import Material
from customers.events import EVENT_TYPES
from customers.models import Tag
from sop.errors import BadProgram, Problem
from sop.program.conditions import TagTest, parts_of
from sop.program.loads import ConfirmationLoad, confirmation_load
from sop.program.parsing import parse_program
from sop.program.steps import Contact, Program, Retag, Step, conditions_of
from sop.program.words import step_title
from touches.selectors.rules import sending_rules

# Planned above this share of a staff member's day: people are warned.
WARN_RATIO: Final = 1.2


@dataclass(frozen=True, slots=True)
class Check:
    """What was found (检查结果).

    Attributes:
        problems: What keeps it from being published.
        warnings: What people should know before.
        load: None where the draft is faulty.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    load: ConfirmationLoad | None = None
    limit: int = 0


def check_program(raw: Mapping[str, Any]) -> Check:
    """Check a draft: at most three small statements, none where it asks for nothing of ours."""
    try:
        program = parse_program(raw, event_types=EVENT_TYPES)
    except BadProgram as error:
        return Check(error.found)
    load, limit = confirmation_load(program), sending_rules().mass_a_staff_a_day
    problems = [*_material_problems(program), *_load_problems(program, load, limit)]
    warnings = [*_tag_warnings(program), *_steady_warnings(load, limit)]
    return Check(tuple(problems), tuple(warnings), load, limit)


def _material_problems(program: Program) -> Iterator[Problem]:
    wanted = {step.id: number for step in _contacts(program) if (number := _material(step))}
    if not wanted and not any("material_id" in step.content for step in _contacts(program)):
        return
    materials = Material.objects.filter(id__in=set(wanted.values()), is_published=True)
    known = set(materials.values_list("id", flat=True))
    for step in _contacts(program):
        if step.content.get("material_id") is not None and wanted.get(step.id) not in known:
            yield Problem(_place(step), gettext("素材不存在或未发布，请重新选择"), step.id)


def _load_problems(program: Program, load: ConfirmationLoad, limit: int) -> Iterator[Problem]:
    if load.most_a_day <= limit:
        return
    titles = "、".join(_place(program.by_id[key]) for key in load.steps)
    words = gettext(
        "进入后第 {day} 天，每位员工要确认 {most} 次群发（{titles}），超过每天 {limit} 次的上限；"
        "请错开日期，或改用员工任务"
    )
    reason = words.format(day=load.fullest_day, most=load.most_a_day, titles=titles, limit=limit)
    yield Problem(gettext("员工确认量"), reason, load.steps[-1])


def _steady_warnings(load: ConfirmationLoad, limit: int) -> Iterator[Problem]:
    if load.steady > limit * WARN_RATIO:
        yield Problem(
            gettext("员工确认量"),
            gettext(
                "如果每天都有客户进入，每位员工每天最多要确认 {steady} 次群发；"
                "超过 {limit} 次的会顺延到次日"
            ).format(steady=load.steady, limit=limit),
        )


def _tag_warnings(program: Program) -> Iterator[Problem]:
    asked = {
        part.tag
        for condition in conditions_of(program)
        for part in parts_of(condition)
        if isinstance(part, TagTest)
    }
    changed = [step for step in program.by_id.values() if isinstance(step, Retag)]
    names = asked | {name for step in changed for name in (*step.add, *step.remove)}
    if not names:
        return
    known = set(Tag.objects.filter(name__in=names, is_deleted=False).values_list("name", flat=True))
    for step in changed:
        for name in (*step.add, *step.remove):
            if name not in known:
                yield Problem(
                    _place(step),
                    gettext("没有叫「{name}」的标签，这一步不会生效").format(name=name),
                    step.id,
                )
    for name in sorted(asked - known):
        yield Problem(
            gettext("条件"), gettext("没有叫「{name}」的标签，这个条件永远不成立").format(name=name)
        )


def _contacts(program: Program) -> Sequence[Contact]:
    return [step for step in program.by_id.values() if isinstance(step, Contact)]


def _material(step: Contact) -> int | None:
    number = step.content.get("material_id")
    return number if isinstance(number, int) else None


def _place(step: Step) -> str:
    return f"「{step_title(step)}」"
