"""Tracked links (素材雷达链接)."""

from django.db import models

from content.models.material import Material
from customers.models import Identity
from org.models import Staff
from wecom.models import Corp


class TrackedLink(models.Model):
    """A link to a material that tells who read it (素材雷达链接): `/l/<code>`.

    One per (content, staff, batch); `identity` is set only in the lanes that address one person
    (welcome and one-to-one), for a mass message has one text for all. The code is 128 unguessable
    bits and all that the URL carries; what it leads to stands here.
    """

    code = models.CharField("短码", max_length=22, unique=True)
    material = models.ForeignKey(
        Material, models.PROTECT, related_name="links", verbose_name="素材"
    )
    corp = models.ForeignKey(
        Corp, models.CASCADE, related_name="tracked_links", verbose_name="企业"
    )
    staff = models.ForeignKey(
        Staff,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="tracked_links",
        verbose_name="员工",
    )
    batch = models.CharField("批次", max_length=64, blank=True)
    identity = models.ForeignKey(
        Identity,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="tracked_links",
        verbose_name="专属客户身份",
    )
    created_at = models.DateTimeField("创建时间")
    expires_at = models.DateTimeField("失效时间", null=True, blank=True)

    class Meta:
        verbose_name = "素材雷达链接"
        verbose_name_plural = verbose_name
        constraints = (
            # Making a link twice gives the same one, also after a crash between link and message.
            models.UniqueConstraint(
                fields=["material", "corp", "staff", "batch", "identity"],
                name="one_link_a_content_staff_batch",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return self.code
