"""Celery tasks are doors: named, short, without business time."""

import ast
from collections.abc import Sequence

from tests.architecture.sources import Function, Source, planted, product_sources

BODY_LINES = 10
DECORATORS = {"shared_task", "task", "periodic_task"}
BUSINESS_TIME = {"eta", "countdown"}
# What the product is compared with does just what the product must not.
USUAL_WAY = "bench/inside/usual.py"


def task_decorator(function: Function) -> ast.expr | None:
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
        if name in DECORATORS:
            return decorator
    return None


def body_lines(function: Function) -> int:
    body = function.body
    if ast.get_docstring(function) is not None:
        body = body[1:]
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def faults_of(source: Source, function: Function) -> list[str]:
    decorator = task_decorator(function)
    if decorator is None:
        return []
    keywords = decorator.keywords if isinstance(decorator, ast.Call) else []
    where = f"{source.at(function)} {function.name}"
    found = []
    if not any(keyword.arg == "name" for keyword in keywords):
        found.append(f"{where}: no explicit name")
    if body_lines(function) > BODY_LINES:
        found.append(f"{where}: {body_lines(function)} lines")
    return found


def task_faults(sources: Sequence[Source]) -> list[str]:
    return [
        fault
        for source in sources
        for function in source.functions()
        for fault in faults_of(source, function)
    ]


def business_time(sources: Sequence[Source]) -> list[str]:
    return [
        f"{source.at(node)} {keyword.arg}"
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg in BUSINESS_TIME
    ]


def sources() -> list[Source]:
    return [source for source in product_sources() if source.path != USUAL_WAY]


def test_tasks_are_named_and_short():
    assert task_faults(sources()) == []


def test_no_business_time_inside_the_broker():
    assert business_time(sources()) == []


def test_the_rules_can_fail():
    nameless = "@shared_task\ndef ring():\n    pass\n"
    long = "@app.task(name='a.b')\ndef work():\n    'Doc.'\n" + "    x = 1\n" * 11
    good = "@app.task(name='a.b')\ndef work():\n    'Doc.'\n" + "    x = 1\n" * 10
    later = "ring.apply_async(countdown=3)\n"
    assert task_faults([planted(nameless, "a.py"), planted(long, "b.py"), planted(good)]) == [
        "a.py:2 ring: no explicit name",
        "b.py:2 work: 11 lines",
    ]
    assert business_time([planted(later, "c.py")]) == ["c.py:1 countdown"]
