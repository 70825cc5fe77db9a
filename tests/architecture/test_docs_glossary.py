"""Every model has its row in the glossary, under its app and its Chinese name."""

import re
from collections.abc import Iterable

from django.apps import apps

from tests.architecture.sources import FLOORS, ROOT

ROW = re.compile(r"^\| `(?P<name>[A-Za-z]+)` \| (?P<chinese>[^|]+) \| (?P<app>[a-z]+) \| [^|]+ \|$")

Term = tuple[str, str, str]


def rows_of(text: str) -> list[Term]:
    """(name, Chinese term, app) of each row that names a model of one of our apps."""
    found = (ROW.match(line) for line in text.splitlines())
    terms = [(row["name"], row["chinese"], row["app"]) for row in found if row]
    return [term for term in terms if term[2] in FLOORS]


def terms_of_the_models() -> list[Term]:
    return [
        (model.__name__, str(model._meta.verbose_name), model._meta.app_label)
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
    ]


def differences(rows: Iterable[Term], models: Iterable[Term]) -> list[str]:
    """What the table lacks, and what it says of models that are not there."""
    known, wanted = set(rows), set(models)
    return [f"no row for {term}" for term in sorted(wanted - known)] + [
        f"no model for {term}" for term in sorted(known - wanted)
    ]


def test_each_model_has_its_row_and_each_row_its_model():
    rows = rows_of((ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"))
    assert len(rows) == len(set(rows))
    assert differences(rows, terms_of_the_models()) == []


def test_the_rule_can_fail():
    table = "| English | Chinese | app | what |\n|---|---|---|---|\n| `Job` | 任务 | org | Work |\n"
    rows = rows_of(table)
    assert rows == [("Job", "任务", "org")]
    assert differences(rows, [("Job", "作业", "org")]) == [
        "no row for ('Job', '作业', 'org')",
        "no model for ('Job', '任务', 'org')",
    ]
