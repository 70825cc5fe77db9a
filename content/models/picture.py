"""Pictures in materials (图片)."""

from django.db import models


class Picture(models.Model):
    """A picture that an author uploaded (图片), made anew by us: no metadata, a size for phones.

    Kept in the database, where backups and every web process have it; articles have few and they
    are small. The code is unguessable and all that its address carries; the same bytes are one row.
    """

    code = models.CharField("短码", max_length=22, unique=True)
    digest = models.CharField("摘要", max_length=64, unique=True)
    data = models.BinaryField("内容(JPEG)")
    width = models.PositiveIntegerField("宽")
    height = models.PositiveIntegerField("高")
    created_at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = "图片"
        verbose_name_plural = verbose_name

    def __str__(self) -> str:
        return self.code
