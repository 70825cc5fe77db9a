"""Staff (员工)."""

from django.db import models

from org.models.department import Department
from wecom.models import Corp


class Staff(models.Model):
    """A member of a corp (成员/员工).

    `userid` keeps WeCom's spelling; `userid_folded` is what comparisons use, for WeCom compares
    without case and lists invalid ids in lower case. Source: user/get, wecom-api §3.
    """

    class Status(models.IntegerChoices):
        ACTIVE = 1, "已激活"
        DISABLED = 2, "已禁用"
        NOT_ACTIVATED = 4, "未激活"
        LEFT = 5, "已离职"

    corp = models.ForeignKey(Corp, models.CASCADE, related_name="staff", verbose_name="企业")
    userid = models.CharField("企业微信账号", max_length=64)
    userid_folded = models.CharField("账号(小写)", max_length=64)
    name = models.CharField("姓名", max_length=64, blank=True)
    job_title = models.CharField("职务", max_length=128, blank=True)
    status = models.PositiveSmallIntegerField("状态", choices=Status.choices, default=Status.ACTIVE)
    is_follow_user = models.BooleanField("有客户联系权限", default=False)
    departments = models.ManyToManyField(
        Department, through="StaffDepartment", related_name="staff", verbose_name="部门"
    )
    left_at = models.DateTimeField("离职时间", null=True, blank=True)

    class Meta:
        verbose_name = "员工"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint("corp", "userid_folded", name="staff_is_unique_in_corp"),
            models.CheckConstraint(
                condition=models.Q(status__in=[1, 2, 4, 5]), name="staff_status_is_known"
            ),
        )

    def __str__(self) -> str:
        return self.name or self.userid


class StaffDepartment(models.Model):
    """That a staff member sits in a department (所属部门), and whether they lead it."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="seats", verbose_name="员工")
    department = models.ForeignKey(
        Department, models.CASCADE, related_name="seats", verbose_name="部门"
    )
    is_leader = models.BooleanField("部门负责人", default=False)

    class Meta:
        verbose_name = "所属部门"
        verbose_name_plural = verbose_name
        constraints = (
            models.UniqueConstraint("staff", "department", name="staff_sits_once_in_department"),
        )

    def __str__(self) -> str:
        return f"{self.staff_id}@{self.department_id}"
