"""No component is missing from the gallery, and each says what it takes."""

import re

import pytest

from tests.architecture.sources import ROOT

COMPONENTS = sorted((ROOT / "templates" / "components").glob("*.html"))
# Shown on every page, or by another component's tag.
ELSEWHERE = {"languages", "sort_head", "form_field"}


def shown() -> str:
    return "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "templates" / "console" / "gallery").glob("*.html")
    )


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_a_component_is_in_the_gallery(path):
    assert path.stem in ELSEWHERE or f'"components/{path.name}"' in shown()


@pytest.mark.parametrize("path", COMPONENTS, ids=lambda path: path.stem)
def test_a_component_says_what_it_takes(path):
    text = path.read_text(encoding="utf-8")

    head = re.match(r"\{% comment %\}\n(?P<said>.+?)\n\{% endcomment %\}", text, re.DOTALL)

    assert head is not None
    assert len(head["said"]) > 10
