"""People who sign in (账号)."""

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.db import models
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from org.models.staff import Staff


class User(AbstractBaseUser, PermissionsMixin):
    """Someone who may sign in (账号): may be linked to a staff member, is not the same.

    The role decides what they may see: admin and operator the whole company, a manager the
    departments they lead with all below, staff their own customers. Every session ends when the
    password, the role or `sessions_epoch` changes.
    """

    class Role(models.TextChoices):
        ADMIN = "admin", _("管理员")
        OPERATOR = "operator", _("运营")
        MANAGER = "manager", _("主管")
        STAFF = "staff", _("员工")

    username = models.CharField("账号", max_length=64, unique=True)
    display_name = models.CharField("显示名", max_length=64, blank=True)
    email = models.EmailField("邮箱", blank=True)
    role = models.CharField("角色", max_length=16, choices=Role.choices, default=Role.STAFF)
    staff = models.OneToOneField(
        Staff,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="user",
        verbose_name="对应员工",
    )
    is_active = models.BooleanField("启用", default=True)
    password_is_temporary = models.BooleanField("须修改密码", default=False)
    sessions_epoch = models.PositiveIntegerField("会话序号", default=0)
    is_staff = models.BooleanField("可进后台", default=False)
    date_joined = models.DateTimeField("创建时间", auto_now_add=True)

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    class Meta:
        verbose_name = "账号"
        verbose_name_plural = verbose_name
        constraints = (
            models.CheckConstraint(
                condition=models.Q(role__in=["admin", "operator", "manager", "staff"]),
                name="user_role_is_known",
            ),
        )

    def __str__(self) -> str:
        return self.display_name or self.username

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Bind sessions to the role and to `sessions_epoch` besides the password."""
        bound = f"{self.password}|{self.role}|{self.sessions_epoch}"
        return salted_hmac("org.User.session", bound, secret=secret, algorithm="sha256").hexdigest()
