"""What the pages of calls show (发送页面): tabs, rows, one call, the queue that needs people."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from scrm.console.dispatches.words import call_state, evidence, task_state
from scrm.console.touches.telling import Moment, content_words, moments
from scrm.console.touches.words import STATES
from touches.models import Dispatch, MassTask, Touch
from touches.selectors.dispatches import reason_for_people
from touches.selectors.lists import first_touches_of
from touches.selectors.mass_tasks import results_of
from touches.selectors.stories import effects_of_call

# What withdrawing can still do something about.
_OPEN_CALLS = (Dispatch.State.PENDING, Dispatch.State.SENDING, Dispatch.State.DEAD)


@dataclass(frozen=True, slots=True)
class Result:
    """How many customers of a call stand in one state, and where they are listed."""

    label: str
    tone: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One mass message of the list."""

    task: MassTask
    state: str
    tone: str
    total: int
    results: list[Result]


@dataclass(frozen=True, slots=True)
class CallRow:
    """One call of the list; `first` is the first touch it carries, if any."""

    call: Dispatch
    state: str
    tone: str
    first: Touch | None


@dataclass(frozen=True, slots=True)
class Case:
    """One call that needs a person: why, what is known, what may be done."""

    row: CallRow
    customer_count: int
    reason: str
    evidence: list[str]

    @property
    def is_unknown(self) -> bool:
        """In doubt; else it was stopped."""
        return self.row.call.state == Dispatch.State.UNKNOWN

    @property
    def is_mass(self) -> bool:
        """Whether WeCom gives it a number that people can look up."""
        return self.row.call.kind == Dispatch.Kind.MASS_MESSAGE


@dataclass(frozen=True, slots=True)
class Told:
    """One call with all that is shown of it."""

    row: CallRow
    text: str
    attachments: list[str]
    results: list[Result]
    total: int
    moments: list[Moment]
    is_withdrawable: bool


def tabs(
    query: QueryDict, url: str, states: Mapping[str, tuple[str | Promise, str]], chosen: str
) -> list[dict[str, Any]]:
    """Return one tab a state, and one for all."""
    shown = [("", _("全部")), *((state, str(label)) for state, (label, _tone) in states.items())]
    return [
        {
            "label": label,
            "url": f"{url}?{_with_state(query, state)}",
            "is_on": chosen == state,
            "count": None,
        }
        for state, label in shown
    ]


def task_rows(tasks: Sequence[MassTask]) -> list[TaskRow]:
    """Return mass messages with each one's results; one query more."""
    results = results_of(task.dispatch_id for task in tasks)
    return [_task_row(task, results.get(task.dispatch_id, Counter())) for task in tasks]


def call_rows(calls: Sequence[Dispatch]) -> list[CallRow]:
    """Return calls with what they are about; one query more."""
    firsts = first_touches_of(calls)
    return [_call_row(call, firsts.get(call.pk)) for call in calls]


def cases(calls: Sequence[Dispatch], *, now: datetime) -> list[Case]:
    """Return the calls that need a person, each with the evidence; two queries more."""
    results = results_of(call.pk for call in calls)
    return [
        Case(
            row=row,
            customer_count=sum(results.get(row.call.pk, Counter()).values()),
            reason=reason_for_people(
                kind=row.call.kind, state=row.call.state, error=row.call.last_error
            ),
            evidence=evidence(row.call, now=now),
        )
        for row in call_rows(calls)
    ]


def told(call: Dispatch) -> Told:
    """Return one call with all that is known of it."""
    [row] = call_rows([call])
    counts = results_of([call.pk]).get(call.pk, Counter())
    text, titles = content_words(_body(call))
    task: MassTask | None = getattr(call, "mass_task", None)
    waits = task is not None and task.state == MassTask.State.OPEN
    has_open = any(counts[state] for state in (Touch.State.QUEUED, Touch.State.DISPATCHED))
    return Told(
        row=row,
        text=text,
        attachments=titles,
        results=_results(call, counts),
        total=counts.total(),
        moments=moments(effects_of_call(call)),
        is_withdrawable=has_open and (waits or call.state in _OPEN_CALLS or task is None),
    )


def _task_row(task: MassTask, counts: Counter[str]) -> TaskRow:
    state, tone = task_state(task)
    return TaskRow(task, state, tone, counts.total(), _results(task.dispatch, counts))


def _call_row(call: Dispatch, first: Touch | None) -> CallRow:
    state, tone = call_state(call)
    return CallRow(call, state, tone, first)


def _results(call: Dispatch, counts: Counter[str]) -> list[Result]:
    url = reverse("dispatch", args=[call.pk])
    return [
        Result(str(label), tone, counts[state], f"{url}?state={state}#results")
        for state, (label, tone) in STATES.items()
        if counts[state]
    ]


def _with_state(query: QueryDict, state: str) -> str:
    values = query.copy()
    for name in ("before", "after", "state"):
        values.pop(name, None)
    if state:
        values["state"] = state
    return values.urlencode()


def _body(call: Dispatch) -> Any:
    """Return the body of a message to customers; of other calls nobody wants to see it."""
    if call.kind not in {Dispatch.Kind.MASS_MESSAGE, Dispatch.Kind.WELCOME}:
        return {}
    try:
        return json.loads(call.payload)
    except ValueError:
        return {}
