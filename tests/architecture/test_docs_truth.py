"""What the documents name is there: files, settings, decisions short enough to be read."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from tests.architecture.sources import ROOT, project_files

LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)\)")
QUOTED = re.compile(r"`(?P<path>[\w.-]+(?:/[\w.-]+)+/?)`")
HEADING = re.compile(r"^#{1,6} (?P<words>.+)$", re.MULTILINE)
READ_BY_SETTINGS = re.compile(r"env\.(?:text|flag|number|words|secret|key_ring)\(\s*\"([A-Z_]+)\"")
READ_BY_COMPOSE = re.compile(r"\$\{([A-Z_]+)")
VARIABLE = re.compile(r"`([A-Z][A-Z_]+)`")
ADR_LINES = 60


def documents() -> list[str]:
    return [name for name in project_files() if name.endswith(".md")]


def anchor(words: str) -> str:
    """The anchor that a heading gets."""
    kept = re.sub(r"[^\w\- ]", "", words.lower().replace("`", ""))
    return kept.replace(" ", "-")


def anchors(text: str) -> set[str]:
    return {anchor(found["words"].strip()) for found in HEADING.finditer(text)}


def broken_links(name: str, text: str, root: Path = ROOT) -> list[str]:
    """Relative links of one document to files or headings that are not there."""
    broken = []
    for found in LINK.finditer(text):
        target, _, heading = found["target"].partition("#")
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file = (root / name).parent / target if target else root / name
        is_there = file.exists()
        if is_there and heading:
            is_there = heading in anchors(file.read_text(encoding="utf-8"))
        if not is_there:
            broken.append(f"{name}: {found['target']}")
    return broken


def missing_paths(name: str, text: str, tops: Iterable[str]) -> list[str]:
    """Paths in backquotes below a top-level directory of ours that are not there."""
    first = set(tops)
    return [
        f"{name}: {found['path']}"
        for found in QUOTED.finditer(text)
        if PurePosixPath(found["path"]).parts[0] in first and not (ROOT / found["path"]).exists()
    ]


def test_links_lead_somewhere():
    broken = []
    for name in documents():
        broken += broken_links(name, (ROOT / name).read_text(encoding="utf-8"))
    assert broken == []


def test_paths_in_backquotes_are_there():
    tops = {PurePosixPath(name).parts[0] for name in project_files() if "/" in name}
    missing = []
    for name in documents():
        missing += missing_paths(name, (ROOT / name).read_text(encoding="utf-8"), tops)
    assert missing == []


def test_operations_explain_every_variable_that_is_read():
    settings = (ROOT / "scrm" / "settings.py").read_text(encoding="utf-8")
    compose = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    read = set(READ_BY_SETTINGS.findall(settings)) | set(READ_BY_COMPOSE.findall(compose))
    explained = VARIABLE.findall((ROOT / "docs" / "operations.md").read_text(encoding="utf-8"))
    assert len(read) > 20
    assert sorted(read - set(explained)) == []


def test_decisions_are_short_and_numbered_in_order():
    decisions = sorted((ROOT / "docs" / "adr").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    for path in decisions:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= ADR_LINES, path.name
        sections = [line for line in lines if line.startswith("## ")]
        assert sections == ["## Context", "## Decision", "## Consequences"], path.name


def test_both_readmes_have_the_same_shape():
    shapes = [
        [line.split(" ")[0] for line in text.splitlines() if line.startswith("#")]
        for text in (
            (ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")
        )
    ]
    assert shapes[0] == shapes[1]


def test_the_rules_can_fail():
    text = "## Connect a corp\n[a](b.md) [c](#connect-a-corp) [d](#gone) [e](https://example.com/)"
    assert broken_links("README.md", "[a](README.md) [b](nowhere.md) [c](docs/api.md#gone)") == [
        "README.md: nowhere.md",
        "README.md: docs/api.md#gone",
    ]
    assert anchors(text) == {"connect-a-corp"}
    assert missing_paths("a.md", "`common/clock.py` `common/sundial.py` `x/y.py`", ["common"]) == [
        "a.md: common/sundial.py"
    ]
