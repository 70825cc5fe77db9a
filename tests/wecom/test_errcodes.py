"""Every errcode of the contract has its class and action."""

import pytest

from wecom import errors
from wecom.errcodes import RULES, Action, error_for, rule_for

# The action column of the contract (wecom-api §27): actions that are right for a code → codes.
CONTRACT: dict[str, str] = {
    "R": "-1 6000 41063 41079 41096 45033 45035",
    "T": "40014 42001",
    "W": "41078 41210 41211 45009",
    "DW": "41093 41094",
    "D": """40004-40007 40009 40011 40029 40066 40068 40070-40072 40088 40089 40096 40097 40099
            40100 40123 40128 40129 40143-40146 41048-41051 41053 41059-41062 41067 41073-41075
            41085-41088 41202 42003 42014-42020 42022 42052 46004 50002 60003 60021 60111 60123
            60140 81013 84014 84015 84061 85002 90500-90502 90507-90511 97612 830001-830003""",
    "BD": "40003 40031 40032 41046 41047",
    "CD": """41055 41058 60011 301042 301048 301052 301053 301058-301061 610004 610014-610018
             660001-660014 845001-845003 95000-95032""",
    "C": """40001 40013 40056 40091 40093 40098 40126 40201 40204 40205 41041 41045 41054 41056
            41057 41095 41200 41201 42009 42012 43012 45036 48001 48002 48006 48009-48011 50001
            50003 50006 60020 60031 84074 85005 90206-90208 92000-92003 301007 701008""",
    "B": """40008 40033 40035 40058 40063 40130 40131 40206 41001 41035 41037-41040 41042-41044
            41064 41065 41072 41080 41089 41091 41110 41111 41300-41305 45001 45002 45008 45029
            48005 50100 81017 82001 84062 84069 91040 301002""",
    "BC": "41068-41071 41076 41077 41083 41084",
}  # fmt: skip


def _codes(text: str) -> list[int]:
    codes: list[int] = []
    for word in text.split():
        first, _, last = word.rpartition("-") if word[0] != "-" else (word, "", word)
        codes.extend(range(int(first or last), int(last) + 1))
    return codes


TABLE = [(code, actions) for actions, text in CONTRACT.items() for code in _codes(text)]


@pytest.mark.parametrize(("code", "actions"), TABLE)
def test_a_code_is_treated_as_the_contract_says(code, actions):
    assert RULES[code].action.value in actions


def test_the_contract_is_whole():
    assert len(TABLE) == 259
    # Codes that the contract names elsewhere (gettoken, media, trusted domains).
    assert set(RULES) - {code for code, _ in TABLE} == {41002, 41004, 85004, 301016, 301017}


@pytest.mark.parametrize("code", sorted(RULES))
def test_the_class_fits_the_action(code):
    rule = rule_for(code)
    retried = {Action.RETRY, Action.RENEW}
    if rule.action in retried:
        assert issubclass(rule.error, errors.Transient | errors.Ambiguous)
    elif rule.action is Action.WAIT:
        assert issubclass(rule.error, errors.RateLimited | errors.QuotaExceeded)
    else:
        assert issubclass(rule.error, errors.Permanent)


def test_only_minus_one_leaves_open_whether_it_was_done():
    assert [code for code, rule in RULES.items() if rule.error is errors.Ambiguous] == [-1]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (84061, errors.CustomerUnreachable),
        (40096, errors.CustomerUnreachable),
        (60111, errors.StaffUnreachable),
        (41050, errors.WelcomeExpired),
        (41051, errors.WelcomeNotNeeded),
        (41063, errors.BeingDispatched),
        (45009, errors.RateLimited),
        (45035, errors.ConcurrentChange),
        (40007, errors.MediaRejected),
        (40029, errors.LoginRejected),
        (60140, errors.CardExpired),
        (50100, errors.CursorRejected),
        (45029, errors.AnswerTooLarge),
        (40001, errors.Misconfigured),
        (40058, errors.BadRequest),
        (40126, errors.QuotaExceeded),
        (999999, errors.Permanent),
    ],
)
def test_callers_can_tell_these_apart_by_class(code, error):
    raised = error_for(code, message="m", api="user/get")
    assert type(raised) is error
    assert raised.errcode == code
    assert str(raised) == f"user/get [{code}] m"


def test_waiting_times_say_how_long():
    assert error_for(45009).retry_after_seconds == 60.0
    assert error_for(41063).retry_after_seconds == 60.0
    assert error_for(6000).retry_after_seconds == 1.0
    assert error_for(-1).retry_after_seconds == 30.0
    assert error_for(84061).retry_after_seconds == 0.0
