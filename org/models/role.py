"""What each role may do, once somebody has edited it (角色权限)."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from org.models.user import User


class RoleRights(models.Model):
    """The rights of one role as edited (角色权限); a role without a row has the defaults.

    A name that no right has any more is kept and means nothing. An admin always keeps the right to
    manage accounts, or nobody could give anything back.
    """

    role = models.CharField("角色", max_length=16, choices=User.Role.choices, unique=True)
    permissions = ArrayField(models.CharField(max_length=64), default=list, verbose_name="权限")
    updated_at = models.DateTimeField("修改时间")
    updated_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="修改人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "角色权限"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=["admin", "operator", "manager", "staff"]),
                name="role_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(role="admin")
                | models.Q(permissions__contains=["accounts.manage"]),
                name="admin_keeps_accounts",
            ),
        )

    def __str__(self) -> str:
        return self.get_role_display()
