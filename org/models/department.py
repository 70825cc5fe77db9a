"""Departments (部门)."""

from django.db import models

from wecom.models import Corp


class Department(models.Model):
    """A department of a corp (部门), as WeCom's contacts have it.

    The parent is kept as WeCom's number, for children may arrive before their parents.
    Source: department/list, wecom-api §3.
    """

    corp = models.ForeignKey(Corp, models.CASCADE, related_name="departments", verbose_name="企业")
    wecom_id = models.PositiveBigIntegerField("企业微信编号")
    parent_wecom_id = models.PositiveBigIntegerField("上级部门编号", default=0)
    name = models.CharField("名称", max_length=128, blank=True)
    position = models.PositiveBigIntegerField("排序", default=0)
    is_deleted = models.BooleanField("已删除", default=False)

    class Meta:
        verbose_name = "部门"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint("corp", "wecom_id", name="department_is_unique_in_corp"),
        )

    def __str__(self) -> str:
        return self.name
