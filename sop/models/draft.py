"""The history of drafts (草稿记录): what undo and redo go through."""

from django.db import models

from org.models import User
from sop.models.journey import Journey


class DraftRevision(models.Model):
    """A draft as it was after one edit (草稿记录).

    `position` counts from the oldest that is kept; the draft is the one at the journey's
    `draft_position`. Those behind it were undone and wait to be redone: the next edit takes their
    place. `summary` says what the edit did.
    """

    journey = models.ForeignKey(
        Journey, models.CASCADE, related_name="revisions", db_index=False, verbose_name="旅程"
    )
    position = models.PositiveIntegerField("位置")
    program = models.JSONField("程序")
    summary = models.CharField("做了什么", max_length=200, blank=True)
    made_at = models.DateTimeField("时间")
    made_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="编辑人",
    )

    class Meta:
        verbose_name = "草稿记录"
        verbose_name_plural = verbose_name
        constraints = (
            # Also the reader's index: the neighbors of the present draft.
            models.UniqueConstraint("journey", "position", name="one_draft_a_position"),
        )

    def __str__(self) -> str:
        return f"{self.journey_id} #{self.position} {self.summary}"
