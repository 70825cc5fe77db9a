"""What is committed says nothing about anybody's machine, and speaks both languages."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from django.apps import apps

from tests.architecture.sources import FLOORS, ROOT, project_files

# Put together here, so that this file does not contain what it looks for.
HOSTS = ("pypi" + ".org", "python" + "hosted.org", "registry.npm" + "js.org", "deb.debian" + ".org")
MACHINE = "|".join(("work/" + "(?:main|shared)", "root" + "/", "home/" + "[a-z]", "opt/" + "pypi"))
MACHINE_PATH = re.compile(rf"(?<![\w.$}}/-])/(?:{MACHINE})")
_BLANK = re.compile(r'^msgid "(?P<first>.*)"$')


def traces(name: str, text: str) -> list[str]:
    """Registry hosts and paths of a machine in one file."""
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        found += [f"{name}:{number} {host}" for host in HOSTS if host in line]
        if match := MACHINE_PATH.search(line):
            found.append(f"{name}:{number} {match.group()}")
    return found


def untranslated(text: str) -> list[str]:
    """Entries of a .po file that are empty or fuzzy."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#~")]
        body = "".join(line for line in lines if not line.startswith("#"))
        source = re.search(r'msgid ((?:"[^"\\]*(?:\\.[^"\\]*)*")+)', body)
        if source is None or source.group(1) == '""':
            continue
        targets = re.findall(r'msgstr(?:\[\d+\])? ?((?:"[^"\\]*(?:\\.[^"\\]*)*")+)', body)
        is_fuzzy = any(line.startswith("#,") and "fuzzy" in line for line in lines)
        if is_fuzzy or not targets or any(set(target) == {'"'} for target in targets):
            found.append(source.group(1))
    return found


def readable(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_nothing_names_a_registry_or_a_machine():
    assert [trace for name, text in readable(project_files()) for trace in traces(name, text)] == []


def test_translations_are_complete():
    files = [name for name in project_files() if Path(name).suffix == ".po"]
    assert {name: gaps for name, text in readable(files) if (gaps := untranslated(text))} == {}


def test_the_glossary_has_a_row_for_each_model():
    glossary = ROOT / "docs" / "glossary.md"
    if not glossary.exists():
        pytest.skip("the glossary is not written yet")
    text = glossary.read_text(encoding="utf-8")
    models = [m.__name__ for m in apps.get_models() if m._meta.app_label in FLOORS]
    assert [name for name in models if f"`{name}`" not in text] == []


def test_the_rules_can_fail():
    planted = f"index = https://{HOSTS[0]}/simple\npath = /root" + "/secret\nfine = app/root/x\n"
    assert traces("a.toml", planted) == [f"a.toml:1 {HOSTS[0]}", "a.toml:2 /root" + "/"]
    complete = 'msgid ""\nmsgstr "header"\n\nmsgid "客户"\nmsgstr "Customer"\n'
    empty = '\nmsgid "标签"\nmsgstr ""\n\n#, fuzzy\nmsgid "触达"\nmsgstr "Tuch"\n'
    assert untranslated(complete) == []
    assert untranslated(complete + empty) == ['"标签"', '"触达"']
