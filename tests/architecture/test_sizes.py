"""Files and functions stay small enough to be read at once."""

from collections.abc import Sequence

import pytest

from tests.architecture.sources import (
    ROOT,
    Function,
    Source,
    planted,
    product_sources,
    project_files,
    python_sources,
)

FILE_LINES, FILE_LINES_P90 = 400, 250
FUNCTION_LINES, FUNCTION_LINES_P90 = 50, 30
TEST_FILE_LINES = 300
TEMPLATE_LINES = 150


def size(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def too_long(sources: Sequence[Source]) -> list[str]:
    return [
        f"{source.path}: {source.lines} lines"
        for source in sources
        if source.lines > (TEST_FILE_LINES if source.is_test else FILE_LINES)
    ]


def long_functions(sources: Sequence[Source]) -> list[str]:
    return [
        f"{source.at(function)} {function.name}: {size(function)} lines"
        for source in sources
        for function in source.functions()
        if size(function) > FUNCTION_LINES
    ]


def p90(sizes: Sequence[int]) -> int:
    return sorted(sizes)[int(len(sizes) * 0.9)] if sizes else 0


def test_no_file_is_too_long():
    assert too_long(python_sources()) == []


def test_nine_files_of_ten_are_short():
    assert p90([source.lines for source in product_sources()]) <= FILE_LINES_P90


def test_no_function_is_too_long():
    assert long_functions(product_sources()) == []


def test_nine_functions_of_ten_are_short():
    sizes = [size(one) for source in product_sources() for one in source.functions()]
    assert p90(sizes) <= FUNCTION_LINES_P90


def test_templates_are_short():
    templates = [name for name in project_files() if name.endswith((".html", ".txt.j2"))]
    sizes = {
        name: len((ROOT / name).read_text(encoding="utf-8").splitlines()) for name in templates
    }
    assert {name: lines for name, lines in sizes.items() if lines > TEMPLATE_LINES} == {}


@pytest.mark.parametrize(
    ("path", "lines", "expected"),
    [
        ("org/long.py", 400, []),
        ("org/long.py", 401, ["org/long.py: 401 lines"]),
        ("tests/org/test_long.py", 300, []),
        ("tests/org/test_long.py", 301, ["tests/org/test_long.py: 301 lines"]),
    ],
)
def test_the_rule_for_files_can_fail(path: str, lines: int, expected: list[str]):
    assert too_long([planted("x = 1\n" * lines, path)]) == expected


def test_the_rule_for_functions_can_fail():
    fits = "def fits():\n" + "    x = 1\n" * 49
    grown = "class A:\n    async def grown(self):\n" + "        x = 1\n" * 50
    assert long_functions([planted(fits), planted(grown, "org/a.py")]) == [
        "org/a.py:2 grown: 51 lines"
    ]


def test_the_ninetieth_percentile_is_taken_from_above():
    assert p90([10] * 90 + [99] * 10) == 99
    assert p90([10] * 91 + [99] * 9) == 10
