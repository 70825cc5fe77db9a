"""Scripts (话术) for who sends them, and for who looks after them."""

import re
from collections.abc import Sequence
from typing import Final, TypeAlias

from django.db.models import QuerySet

from content.models import Script
from org.models import User
from org.permissions import Permission
from org.selectors.rights import permissions_of

_READERS: Final = {Permission.WORKBENCH_USE, Permission.CONTENT_VIEW}
# What people ask with says nothing of what they ask about.
_ASKING: Final = re.compile("怎么办|怎么样|怎么|怎样|如何|什么|为什么|多少|[吗呢啊?？]")
# So much of a word must be found: "软便怎么办" finds "换粮软便", for people ask in sentences.
_LEAST_SHARE: Final = 0.25
Score: TypeAlias = tuple[int, int, int, int]
NOTHING: Final[Score] = (0, 0, 0, 0)
MAX_QUERY_CHARACTERS: Final = 40


def scripts_for(viewer: User, query: str = "", *, limit: int = 200) -> list[Script]:
    """Return the enabled scripts for the viewer (话术), those that fit the query best first.

    Without a query all of them, category by category. A query is compared by pairs of neighbouring
    characters, so it need not stand in the text as it was typed.

    Args:
        viewer: Must be someone who may send or see content; others get none.
        query: What somebody typed, perhaps nothing.
        limit: At most so many.
    """
    return _found(Script.objects.filter(is_enabled=True), viewer, query)[:limit]


def scripts_of(viewer: User, query: str = "") -> list[Script]:
    """Return all scripts, those switched off too, for who looks after them; see `scripts_for`."""
    return _found(Script.objects.all(), viewer, query)


def _found(scripts: QuerySet[Script], viewer: User, query: str) -> list[Script]:
    if _READERS.isdisjoint(permissions_of(viewer)):
        return []
    words = _words(query)
    if not words:
        return in_order(list(scripts))
    wanted = sorted({pair for word in words for pair in word})
    ranked = [(_score(script, words), script) for script in scripts.filter(grams__overlap=wanted)]
    fitting = [(score, script) for score, script in ranked if score > NOTHING]
    fitting.sort(key=lambda pair: pair[0], reverse=True)
    return [script for _points, script in fitting]


def categories() -> list[str]:
    """Return the names of all categories."""
    names = Script.objects.order_by("category").values_list("category", flat=True)
    return list(names.distinct())


def in_order(scripts: Sequence[Script]) -> list[Script]:
    """Put scripts category by category: the category with the lowest position comes first."""
    first: dict[str, int] = {}
    for script in scripts:
        first[script.category] = min(script.position, first.get(script.category, script.position))
    return sorted(
        scripts,
        key=lambda script: (first[script.category], script.category, script.position, script.pk),
    )


def _words(query: str) -> list[list[str]]:
    """Return each word's pairs of neighbours; a word of one character is that character."""
    typed = query[:MAX_QUERY_CHARACTERS].upper()
    words = _ASKING.sub(" ", typed).split() or typed.split()
    return [[word[place : place + 2] for place in range(max(1, len(word) - 1))] for word in words]


def _score(script: Script, words: Sequence[Sequence[str]]) -> Score:
    """Return how well a script fits: first by words, then by pairs, then by its place."""
    grams = set(script.grams)
    title = f"{script.category} {script.title}".upper()
    hits = [[pair for pair in word if pair in grams] for word in words]
    found = [word for word, wanted in zip(hits, words, strict=True) if _is_enough(word, wanted)]
    if not found:
        return NOTHING
    pairs = [pair for word in found for pair in word]
    points = len(pairs) + sum(pair in title for pair in pairs)
    return len(found), points, -script.position, -script.pk


def _is_enough(hits: Sequence[str], wanted: Sequence[str]) -> bool:
    return bool(hits) and len(hits) >= len(wanted) * _LEAST_SHARE
