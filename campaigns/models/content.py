"""What a welcome consists of."""

from django.db import models

from content.models import Material


class WelcomeContent(models.Model):
    """A text with placeholders, attachments, and perhaps a material (欢迎语内容).

    `{客户}` and `{员工}` are filled in per person. `attachments` are WeCom's own (wecom-api §10);
    `material` is added as one more link, tracked for this one customer.
    """

    text = models.TextField("文字", blank=True)
    attachments = models.JSONField("附件", default=list, blank=True)
    material = models.ForeignKey(
        Material,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="素材",
    )

    class Meta:
        abstract = True
