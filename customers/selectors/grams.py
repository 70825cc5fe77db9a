"""Parts of names and remarks (昵称二元组): what is asked of their indexes, and what else is left.

An index holds the characters and the pairs of each text. A text of one or two characters is one of
them: nothing more needs to be compared, and the planner knows how many have it. A longer one is
found by its pairs; those that have them in another order are left out by comparing.
"""

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Q, TextField, Value
from django.db.models.functions import Upper

from customers.models.customer import NAME_GRAMS

_PAIR = 2


def holds(part: str, *, grams: str, text: str) -> Q:
    """Return the condition that a text holds a part, in small or capital letters.

    Args:
        grams: The field of the text's characters and pairs.
        text: The field of the text itself.
    """
    indexed = Q(**{f"{grams}__contains": _sought(part)})
    return indexed if _is_gram(part) else indexed & Q(**{f"{text}__icontains": part})


def grams_of(text: Value | F) -> Func:
    """Return the characters and pairs of a text, as the indexes over names and remarks do."""
    return Func(text, function=NAME_GRAMS, output_field=ArrayField(TextField()))


def _sought(part: str) -> Func:
    """Return what a text that holds the part has in the index, and no more than that takes."""
    if not _is_plain(part):
        return grams_of(Value(part))
    pairs = [part[at : at + _PAIR] for at in range(max(1, len(part) - 1))]
    return Func(
        *[Upper(Value(pair)) for pair in dict.fromkeys(pairs)],
        template="ARRAY[%(expressions)s]",
        output_field=ArrayField(TextField()),
    )


def _is_gram(part: str) -> bool:
    return _is_plain(part) and len(part) <= _PAIR


def _is_plain(part: str) -> bool:
    """False where capitals have another length: the index counts characters after that."""
    return bool(part) and all(len(character.upper()) == 1 for character in part)
