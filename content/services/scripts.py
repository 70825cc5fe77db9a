"""Writing scripts (话术)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import F, Max

from content.models import Script

# Room for so many scripts in a category before its positions run into the next one's.
_STRIDE: Final = 1_000


@dataclass(frozen=True, slots=True)
class ScriptText:
    """What an author writes (话术内容)."""

    category: str
    title: str
    text: str
    is_enabled: bool = True


def save_script(text: ScriptText, *, now: datetime, script: Script | None = None) -> Script:
    """Save a new script (话术) at the end of its category, or change one that exists.

    Args:
        script: The one to change; moved to another category it goes to the end of that.
    """
    fields = {
        "category": text.category,
        "title": text.title,
        "text": text.text,
        "is_enabled": text.is_enabled,
        "updated_at": now,
    }
    if script is None:
        return Script.objects.create(position=_end(text.category), created_at=now, **fields)
    if script.category != text.category:
        fields["position"] = _end(text.category)
    for name, value in fields.items():
        setattr(script, name, value)
    script.save(update_fields=list(fields))
    return script


def delete_script(script: Script) -> None:
    """Delete a script (删除话术); what was sent with it stays sent."""
    Script.objects.filter(pk=script.pk).delete()


def move_script(script: Script, *, up: bool) -> None:
    """Change places with the neighbour in the category (上移/下移); at the end nothing happens.

    One transaction, holding the category's rows.
    """
    with transaction.atomic():
        rows = list(
            Script.objects.select_for_update()
            .filter(category=script.category)
            .order_by("position", "id")
        )
        place = next((place for place, row in enumerate(rows) if row.pk == script.pk), None)
        if place is None:
            return
        other = place - 1 if up else place + 1
        if not 0 <= other < len(rows):
            return
        rows[place], rows[other] = rows[other], rows[place]
        first = min(row.position for row in rows)
        for position, row in enumerate(rows, start=first):
            row.position = position
        Script.objects.bulk_update(rows, ["position"])


def note_script_use(script_id: int, *, now: datetime) -> None:
    """Count one sending of a script (使用次数); one that is gone counts for nothing."""
    Script.objects.filter(pk=script_id).update(use_count=F("use_count") + 1, last_used_at=now)


def _end(category: str) -> int:
    """Return the position after the last of a category; a new category comes after all others."""
    own = Script.objects.filter(category=category).aggregate(last=Max("position"))["last"]
    if own is not None:
        return int(own) + 1
    last = Script.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else (int(last) // _STRIDE + 1) * _STRIDE
