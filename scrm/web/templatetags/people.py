"""What stands in every row of every list (列表小件): pictures, names, states, chips.

Written here, not as templates: a page of fifty rows holds hundreds of them.
"""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from customers.models import Event
from org.models import Alert
from scrm.web.alert_words import AlertWords, alert_words
from scrm.web.event_words import Words
from scrm.web.markup import fill, fill_each
from scrm.web.templatetags.formats import hue, initial
from scrm.web.templatetags.icons import lucide

register = template.Library()
_EMPTY = SafeString("")
BADGE_ICON = 12
EVENT_ICON = 15


@register.simple_tag
def avatar(name: object, seed: object = "", size: str = "") -> SafeString:
    """Return one character in a colored square."""
    return fill(
        '<span class="avatar color-{} {}" aria-hidden="true">{}</span>',
        hue(seed or name),
        size or "",
        initial(name),
    )


@register.simple_tag
def badge(label: object, tone: str = "", icon: str = "", square: object = False) -> SafeString:
    """Return a state."""
    return fill(
        '<span class="badge{}{}">{}{}</span>',
        f" tone-{tone}" if tone else "",
        " square-badge" if square else "",
        lucide(icon, size=BADGE_ICON) if icon else "",
        label,
    )


@register.simple_tag
def person(
    name: object, detail: object = "", url: str = "", seed: object = "", mark: str = ""
) -> SafeString:
    """Return a person in a row: picture, name, a line below; `mark` is a red badge."""
    begin, end = (fill('<a class="who" href="{}">', url), "a") if url else (_WHO, "span")
    return fill(
        "{}{}<span><b>{}{}</b>{}</span></{}>",
        begin,
        avatar(name, seed),
        name,
        fill(" {}", badge(mark, "bad")) if mark else "",
        fill("<small>{}</small>", detail) if detail else "",
        end,
    )


_WHO = SafeString('<span class="who">')


@register.simple_tag
def chips(labels: Sequence[str], most: int = 2) -> SafeString:
    """Return the first tags of a row, and how many more."""
    if not labels:
        return _EMPTY
    shown = fill_each('<span class="chip">{}</span>', ((one,) for one in labels[:most]))
    if len(labels) > most:
        rest = len(labels) - most
        names = "、".join(map(str, labels))
        shown += fill('<span class="chip" title="{}">+{}</span>', names, rest)
    return fill('<span class="chips">{}</span>', shown)


@register.simple_tag
def check_cell(value: object, name: object) -> SafeString:
    """Return the first cell of a row that can be chosen: `value` goes out as `ids`."""
    return fill(
        '<td class="check"><input type="checkbox" name="ids" value="{}" form="bulk"'
        ' aria-label="{}"></td>',
        value,
        _("选择 {name}").format(name=name),
    )


@register.filter
def in_words(alert: Alert) -> AlertWords:
    """An alert as its `title` and `body`, in the reader's language."""
    return alert_words(alert)


@register.simple_tag
def event_line(event: Event, words: Words) -> SafeString:
    """Return one line of a customer's timeline, in pages and in live streams.

    Args:
        event: With its staff member loaded.
        words: What to say of it.
    """
    at = localtime(event.occurred_at)
    return fill(
        '<li class="event tone-{}" data-key="{}"><span class="event-sign">{}</span>'
        '<div class="event-body"><p>{}</p>{}'
        '<small><time datetime="{}">{}</time>{}</small></div></li>',
        words.tone,
        event.key,
        lucide(words.icon, size=EVENT_ICON),
        words.title,
        fill('<p class="event-detail">{}</p>', words.detail) if words.detail else "",
        at.isoformat(timespec="seconds"),
        at.strftime("%m-%d %H:%M"),
        fill(" · {}", event.staff) if event.staff else "",
    )
