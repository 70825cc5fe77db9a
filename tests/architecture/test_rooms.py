"""What import-linter and ruff cannot see of the floors of the house."""

import ast
import tomllib
from collections.abc import Iterable, Sequence

from django.apps import apps

from tests.architecture.sources import (
    DOORS,
    FLOORS,
    PROGRAMS,
    ROOT,
    Source,
    planted,
    product_sources,
)

OURS = {*FLOORS, *PROGRAMS}
WRITES = {"create", "update", "delete", "bulk_create", "bulk_update", "update_or_create"}
FORBIDDEN_MODULES = ("django.db.models.signals", "django.dispatch")


def local_imports(sources: Sequence[Source]) -> list[str]:
    """Imports of our own code inside functions: they hide circles."""
    found = []
    for source in sources:
        for function in source.functions():
            for node in ast.walk(function):
                if isinstance(node, ast.ImportFrom):
                    names = [node.module or ""]
                elif isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                else:
                    continue
                found += [f"{source.at(node)} {n}" for n in names if n.split(".")[0] in OURS]
    return found


def upward_relations(relations: Iterable[tuple[str, str, str]]) -> list[str]:
    """Relations (app, field, related app) that point to a floor above."""
    return [
        f"{field} points up to {target}"
        for app, field, target in relations
        if app in FLOORS and target in FLOORS and FLOORS.index(target) > FLOORS.index(app)
    ]


def relations_of_the_models() -> Iterable[tuple[str, str, str]]:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            related = field.related_model
            if field.auto_created or related is None or isinstance(related, str):
                continue
            yield model._meta.app_label, str(field), related._meta.app_label


def hidden_powers(sources: Sequence[Source]) -> list[str]:
    """Signals anywhere, and business time from anywhere but `common.clock`."""
    found = []
    for source in sources:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "") in FORBIDDEN_MODULES:
                found.append(f"{source.at(node)} {node.module}")
            is_now = isinstance(node, ast.Attribute) and ast.unparse(node) == "timezone.now"
            if is_now and source.path != "common/clock.py":
                found.append(f"{source.at(node)} timezone.now")
    return found


def model_habits(sources: Sequence[Source]) -> list[str]:
    """`save()` overrides and `Meta.ordering` in models."""
    found = []
    for source in sources:
        if "/models" not in source.path:
            continue
        for node in ast.walk(source.tree):
            if isinstance(node, ast.FunctionDef) and node.name == "save":
                found.append(f"{source.at(node)} save()")
            if isinstance(node, ast.ClassDef) and node.name == "Meta":
                found += [
                    f"{source.at(line)} Meta.ordering"
                    for line in node.body
                    if isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) == "ordering"
                ]
    return found


def writing_doors(sources: Sequence[Source]) -> list[str]:
    """Doors that write themselves instead of calling a service."""
    found = []
    for source in sources:
        if not source.path.startswith(tuple(f"scrm/{door}/" for door in DOORS)):
            continue
        for node in ast.walk(source.tree):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            chain = ast.unparse(node.func).split(".")
            if chain[-1] == "save" or (chain[-1] in WRITES and "objects" in ast.unparse(node.func)):
                found.append(f"{source.at(node)} {chain[-1]}")
    return found


def test_no_import_of_ours_hides_in_a_function():
    assert local_imports(product_sources()) == []


def test_no_foreign_key_points_up():
    relations = list(relations_of_the_models())
    assert len(relations) > 10
    assert upward_relations(relations) == []


def test_no_signals_and_one_clock():
    assert hidden_powers(product_sources()) == []


def test_models_neither_order_nor_save_by_themselves():
    assert model_habits(product_sources()) == []


def test_doors_write_through_services():
    assert writing_doors(product_sources()) == []


def test_every_room_is_under_the_import_contracts():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    roots = settings["tool"]["importlinter"]["root_packages"]
    existing = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert set(roots) == existing - {"tests", "bench"}


def test_the_rules_can_fail():
    hidden = planted("def f():\n    from org.models import User\n    import json\n", "a.py")
    signal = planted("from django.dispatch import receiver\nx = timezone.now()\n", "b.py")
    habits = "class A:\n    class Meta:\n        ordering = ('x',)\n    def save(self): ...\n"
    door = "form.save()\nCustomer.objects.filter(a=1).update(b=2)\n{}.update(a=1)\n"
    assert local_imports([hidden]) == ["a.py:2 org.models"]
    assert hidden_powers([signal]) == ["b.py:1 django.dispatch", "b.py:2 timezone.now"]
    assert model_habits([planted(habits, "org/models/a.py")]) == [
        "org/models/a.py:3 Meta.ordering",
        "org/models/a.py:4 save()",
    ]
    assert writing_doors([planted(door, "scrm/api/a.py")]) == [
        "scrm/api/a.py:1 save",
        "scrm/api/a.py:2 update",
    ]
    assert upward_relations([("org", "org.Staff.touch", "touches"), ("org", "x", "wecom")]) == [
        "org.Staff.touch points up to touches"
    ]
