"""WeCom's error codes as data (错误码): code → class and what to do.

The rows follow wecom-api §27; meanings are WeCom's, the sorting is ours. A code that is not listed
is `Permanent` and treated as a fault of ours: WeCom's advice is to repeat system failures only.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from wecom import errors


class Action(Enum):
    """What a caller does about a code (the action column of wecom-api §27)."""

    RETRY = "R"
    RENEW = "T"
    WAIT = "W"
    DROP = "D"
    CONFIGURE = "C"
    FIX_REQUEST = "B"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one errcode is treated."""

    error: type[errors.WeComError]
    action: Action
    retry_after_seconds: float | None = None


R, T, W = Action.RETRY, Action.RENEW, Action.WAIT
D, C, B = Action.DROP, Action.CONFIGURE, Action.FIX_REQUEST
Codes = int | range


def _span(first: int, last: int) -> range:
    return range(first, last + 1)


_TABLE: Final[list[tuple[Rule, list[Codes]]]] = [
    # System: -1 may have been executed; the others surely were not.
    (Rule(errors.Ambiguous, R), [-1]),
    (Rule(errors.ConcurrentChange, R, 1.0), [6000, 45035]),
    (Rule(errors.Transient, R, 1.0), [45033]),
    (Rule(errors.Transient, R, 1.0), [41096]),
    (Rule(errors.BeingDispatched, R), [41063, 41079]),
    # Token.
    (Rule(errors.TokenRejected, T), [40014, 42001]),
    # Windows.
    (Rule(errors.RateLimited, W, 60.0), [45009]),
    (Rule(errors.RateLimited, W, 60.0), [41078]),
    (Rule(errors.QuotaExceeded, W), [41094, 41210, 41211]),
    # Customers and their relation to members.
    (Rule(errors.CustomerUnreachable, D), [84061, 40096, 610004, 610014]),
    (Rule(errors.ItemRefused, D), [41048, 41053]),
    (Rule(errors.WelcomeExpired, D), [41049, 41050]),
    (Rule(errors.WelcomeNotNeeded, D), [41051]),
    # Members, departments, groups.
    (Rule(errors.StaffUnreachable, D), [40003, 46004, 50002, 60011, 60021, 60111, 81013]),
    (Rule(errors.ItemRefused, D), [40031, 40066, 40070, 60003, 60123]),
    (Rule(errors.ItemRefused, D), [90500, 90501, 90502, _span(90507, 90511)]),
    # Tags.
    (Rule(errors.ItemRefused, D), [40068, 40071, 40072]),
    (Rule(errors.QuotaExceeded, D), [40144]),
    # Caps.
    (Rule(errors.QuotaExceeded, C), [40126, 41041, 41045, 41055, 41095]),
    (Rule(errors.QuotaExceeded, D), [40099, 40128]),
    # Media.
    (Rule(errors.MediaRejected, D), [40007, 40145, 40146]),
    (
        Rule(errors.ItemRefused, D),
        [_span(40004, 40006), 40009, 40011, 40123, 301016, 301017, _span(830001, 830003)],
    ),
    # Mass messages.
    (Rule(errors.MassCancelled, D), [41093]),
    # Signing in, cards.
    (Rule(errors.LoginRejected, D), [40029, 42003, 42022, 84014, 84015]),
    (Rule(errors.CardExpired, D), [_span(42014, 42020), 60140]),
    # Other items that are to be dropped and recorded.
    (
        Rule(errors.ItemRefused, D),
        [
            40088, 40089, 40097, 40100, 40129, 40143, 41046, 41047, 41058, _span(41059, 41062),
            41067, _span(41073, 41075), _span(41085, 41088), 41202, 42052, 85002, 97612,
            301048, 301061,
        ],
    ),
    (Rule(errors.ItemRefused, D), [_span(95000, 95032)]),
    (Rule(errors.ItemRefused, D), [_span(660001, 660014)]),
    # Configuration: people must act, here or at WeCom.
    (
        Rule(errors.Misconfigured, C),
        [
            40001, 40013, 40056, 40091, 40093, 40098, 40201, 40204, 40205, 41002, 41004, 41054,
            41056, 41057, 41200, 41201, 42009, 42012, 43012, 45036, 48001, 48002, 48006, 48009,
            48010, 48011, 50001, 50003, 50006, 60020, 60031, 84074, 85004, 85005,
            _span(90206, 90208), _span(92000, 92003), 301007, 301042, 301052, 301053, 301058,
            301059, 301060, _span(610015, 610018), 701008, _span(845001, 845003),
        ],
    ),
    # Our requests.
    (Rule(errors.CursorRejected, B), [50100]),
    (Rule(errors.AnswerTooLarge, B), [45029]),
    (
        Rule(errors.BadRequest, B),
        [
            40008, 40032, 40033, 40035, 40058, 40063, 40130, 40131, 40206, 41001, 41035,
            _span(41037, 41040), _span(41042, 41044), 41064, 41065, _span(41068, 41072), 41076,
            41077, 41080, 41083, 41084, 41089, 41091, 41110, 41111, _span(41300, 41305),
            45001, 45002, 45008, 48005, 81017, 82001, 84062, 84069, 91040, 301002,
        ],
    ),
]  # fmt: skip


def _flat(codes: Iterable[Codes]) -> Iterator[int]:
    for code in codes:
        yield from code if isinstance(code, range) else (code,)


def _rules() -> dict[int, Rule]:
    """Flatten the table; a code listed twice stops the start."""
    rules: dict[int, Rule] = {}
    for rule, codes in _TABLE:
        for code in _flat(codes):
            if code in rules:
                raise ValueError(f"errcode {code} is listed twice")
            rules[code] = rule
    return rules


RULES: Final[dict[int, Rule]] = _rules()
UNKNOWN: Final = Rule(errors.Permanent, Action.FIX_REQUEST)


def rule_for(errcode: int) -> Rule:
    """Return how this errcode is treated; an unlisted one is permanent."""
    return RULES.get(errcode, UNKNOWN)


def error_for(errcode: int, *, message: str = "", api: str = "") -> errors.WeComError:
    """Build the exception that stands for this errcode."""
    rule = rule_for(errcode)
    return rule.error(
        message, errcode=errcode, api=api, retry_after_seconds=rule.retry_after_seconds
    )
