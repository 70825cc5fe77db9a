"""Pictures of channel codes (活码图片)."""

from django.db import models

from campaigns.models.channel_code import ChannelCode


class CodePicture(models.Model):
    """The QR code of a channel code as WeCom drew it (活码图片): it gives an address, we keep it.

    `url` is the address it was read from: a code that WeCom made anew has another one, and its
    picture is read again. `data` is a PNG of ours.
    """

    channel_code = models.OneToOneField(
        ChannelCode,
        models.CASCADE,
        primary_key=True,
        related_name="picture",
        verbose_name="渠道活码",
    )
    url = models.CharField("来源地址", max_length=512)
    data = models.BinaryField("内容(PNG)")
    fetched_at = models.DateTimeField("读取时间")

    class Meta:
        verbose_name = "活码图片"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return self.url
