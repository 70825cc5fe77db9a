"""What the pages of touches show (触达页面): tabs, rows, the story of one touch."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.selectors.touch_counts import SENT as SENT_STATES
from content.models import Material
from customers.models import Customer
from scrm.console.touches.asking import Asked
from scrm.console.touches.words import (
    SENT,
    STATES,
    origin_words,
    reason_of,
    state_label,
    state_words,
)
from sop.models import JourneyRun
from touches.models import Touch
from touches.selectors.stories import Effect, TouchStory
from touches.services.cancelling import CancelReport


@dataclass(frozen=True, slots=True)
class Row:
    """One touch of the list."""

    touch: Touch
    customer: Customer
    state: str
    tone: str
    reason: str
    origin: str


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of a story; `is_call` where the call to WeCom tells it."""

    at: datetime
    label: str
    detail: str
    actor: str
    is_call: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A touch's story in words."""

    row: Row
    text: str
    attachments: list[str]
    moments: list[Moment] = field(default_factory=list)


def tabs(
    query: QueryDict, asked: Asked, counts: Mapping[str, int], *, is_whole: bool
) -> list[dict[str, Any]]:
    """Return the tabs; without counts where not everything was counted."""
    whole = Counter(counts)
    shown = [("", _("全部"), whole.total()), (SENT, _("已发出"), _sent(counts))]
    shown += [(state, str(label), whole[state]) for state, (label, _tone) in STATES.items()]
    return [
        {
            "label": label,
            "url": _with_state(query, state),
            "is_on": asked.filters.state == state,
            "count": n if is_whole else None,
        }
        for state, label, n in shown
        if n or not state or state == asked.filters.state
    ]


def total(asked: Asked, counts: Mapping[str, int]) -> int:
    """Return how many there are of the state that is shown."""
    state = asked.filters.state
    if state == SENT:
        return _sent(counts)
    return counts.get(state, 0) if state else sum(counts.values())


def rows(touches: Sequence[Touch]) -> list[Row]:
    """Return rows; one query more, for the names of journeys."""
    runs = {
        int(touch.origin_id)
        for touch in touches
        if touch.origin_kind == "journey" and touch.origin_id.isdigit()
    }
    names = dict(JourneyRun.objects.filter(pk__in=runs).values_list("pk", "journey__name"))
    return [_row(touch, names) for touch in touches]


def story(story: TouchStory) -> Told:
    """Return one touch's story in words, in the order in which it happened."""
    [row] = rows([story.touch])
    text, titles = content_words(story.touch.content)
    return Told(row, text, titles, moments(story.effects))


def content_words(content: Any) -> tuple[str, list[str]]:
    """Return the text of a message and the titles of what goes along, whichever lane it is of."""
    if not isinstance(content, Mapping):
        return "", []
    text = content.get("text") or content.get("body") or ""
    if isinstance(text, Mapping):
        text = text.get("content", "")
    titles = [_title(one) for one in content.get("attachments", []) if isinstance(one, Mapping)]
    if isinstance(content.get("material_id"), int):
        found = Material.objects.filter(pk=content["material_id"])
        titles += found.values_list("title", flat=True)
    return str(text), [title for title in titles if title]


def moments(effects: Sequence[Effect]) -> list[Moment]:
    """Return state changes in words."""
    return [_moment(one) for one in effects]


def withdrawn(report: CancelReport) -> str:
    """Say how a withdrawal went."""
    said = []
    if report.cancelled:
        words = ngettext("已撤回 {n} 条。", "已撤回 {n} 条。", report.cancelled)
        said.append(words.format(n=f"{report.cancelled:,}"))
    if report.not_recalled:
        said.append(
            _("{n} 条已在途，无法保证撤回：如果仍然发出，会在触达上注明。").format(
                n=f"{report.not_recalled:,}"
            )
        )
    return "".join(said)


def _sent(counts: Mapping[str, int]) -> int:
    return sum(counts.get(state, 0) for state in SENT_STATES)


def _with_state(query: QueryDict, state: str) -> str:
    values = query.copy()
    for name in ("before", "after", "state"):
        values.pop(name, None)
    if state:
        values["state"] = state
    return f"{reverse('touches')}?{values.urlencode()}"


def _row(touch: Touch, journeys: Mapping[int, str]) -> Row:
    state, tone = state_words(touch)
    return Row(
        touch=touch,
        customer=touch.identity.customer,
        state=state,
        tone=tone,
        reason=reason_of(touch),
        origin=origin_words(touch, journeys),
    )


def _moment(effect: Effect) -> Moment:
    label = str(effect.to_label) if effect.is_call else state_label(effect.to_state)
    return Moment(effect.at, label, effect.detail, _actor(effect.actor), effect.is_call)


def _actor(actor: str) -> str:
    """Return the person, where a person did it; else it was the product itself."""
    kind, _colon, name = actor.partition(":")
    return name if kind == "user" else ""


def _title(attachment: Mapping[str, Any]) -> str:
    """Return the title of an attachment as WeCom's calls have it, or what kind it is."""
    kind = str(attachment.get("msgtype", ""))
    inner = attachment.get(kind)
    title = inner.get("title") if isinstance(inner, Mapping) else ""
    return str(title or {"image": _("图片"), "video": _("视频"), "file": _("文件")}.get(kind, kind))
