import json

import pytest

from bench.__main__ import read_options
from bench.report import Result, percentiles


def test_percentiles_are_times_that_were_measured():
    assert percentiles([n / 100 for n in range(1, 101)]) == {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def test_one_time_is_every_percentile():
    assert percentiles([0.2]) == {"p50": 0.2, "p95": 0.2, "p99": 0.2}


def test_nothing_measured_has_no_percentiles():
    with pytest.raises(ValueError, match="nothing was measured"):
        percentiles([])


def test_the_last_line_leaves_out_what_does_not_apply():
    result = Result(name="x", figure=12345.678, unit="a/s", size=3, seconds=1.5)

    assert json.loads(result.as_json()) == {
        "name": "x",
        "figure": 12350.0,
        "unit": "a/s",
        "size": 3,
        "seconds": 1.5,
    }


@pytest.mark.parametrize(
    ("arguments", "size", "customers"),
    [
        (["dispatcher"], 100_000, 1_000_000),
        (["dispatcher", "--quick"], 5_000, 20_000),
        (["dispatcher", "--size", "7"], 7, 1_000_000),
    ],
)
def test_sizes_are_read_from_the_command_line(arguments, size, customers, monkeypatch):
    monkeypatch.delenv("SIZE", raising=False)
    monkeypatch.delenv("QUICK", raising=False)

    _name, options = read_options(arguments)

    assert (options.size, options.customers) == (size, customers)


def test_sizes_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv("SIZE", "9")
    monkeypatch.setenv("QUICK", "1")

    _name, options = read_options(["welcome"])

    assert (options.size, options.is_quick) == (9, True)
