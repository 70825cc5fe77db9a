"""How the facts are folded: in ranges, and not drop by drop."""

import pytest

from analytics.services import folding
from analytics.services.folding import EFFECT_ROWS, LEDGER_ROWS, Source, fold_figures
from tests.makers import NOW


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        # Something comes in all the time: it is folded at the next call.
        ([1, 1], [Source.LEDGER, Source.TOUCHES]),
        # Much stands to be folded: it goes on until a range is not full.
        (
            [LEDGER_ROWS, LEDGER_ROWS, 7, EFFECT_ROWS, 0],
            [Source.LEDGER] * 3 + [Source.TOUCHES] * 2,
        ),
    ],
)
def test_a_call_ends_with_what_was_there(
    monkeypatch: pytest.MonkeyPatch, passed: list[int], expected: list[Source]
) -> None:
    asked: list[Source] = []
    answers = iter(passed)

    def fold_range(source: Source, *, now: object) -> int:
        asked.append(source)
        return next(answers)

    monkeypatch.setattr(folding, "_fold_range", fold_range)

    assert fold_figures(now=NOW, budget_seconds=60) == sum(passed)
    assert asked == expected
