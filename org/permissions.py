"""What people may do (权限): one name for each right, and what each role has until it is edited."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from org.models.user import User


class Permission(models.TextChoices):
    """One right; whose data it reaches is the data scope's matter, not its own."""

    DASHBOARD_VIEW = "dashboard.view", _("查看看板")
    CUSTOMERS_VIEW = "customers.view", _("查看客户")
    CUSTOMERS_EDIT = "customers.edit", _("编辑客户资料与标签")
    CUSTOMERS_REVEAL = "customers.reveal", _("查看完整手机号")
    CUSTOMERS_EXPORT = "customers.export", _("导出客户")
    EVENTS_RECORD = "events.record", _("通过接口写入行为")
    TAGS_MANAGE = "tags.manage", _("管理标签组")
    JOURNEYS_VIEW = "journeys.view", _("查看旅程")
    JOURNEYS_EDIT = "journeys.edit", _("编辑旅程")
    JOURNEYS_PUBLISH = "journeys.publish", _("发布与暂停旅程")
    TOUCHES_VIEW = "touches.view", _("查看触达")
    TOUCHES_DECIDE = "touches.decide", _("处理未知结果与撤回")
    CODES_VIEW = "codes.view", _("查看渠道活码")
    CODES_EDIT = "codes.edit", _("编辑渠道活码")
    CONTENT_VIEW = "content.view", _("查看素材")
    CONTENT_EDIT = "content.edit", _("编辑素材")
    STAFF_VIEW = "staff.view", _("查看员工与部门")
    ACCOUNTS_MANAGE = "accounts.manage", _("管理账号与角色")
    TOKENS_MANAGE = "tokens.manage", _("管理接口令牌")
    AUDIT_VIEW = "audit.view", _("查看审计日志")
    CONNECTION_MANAGE = "connection.manage", _("管理企业微信连接")
    SYSTEM_VIEW = "system.view", _("查看运行状态")
    WORKBENCH_USE = "workbench.use", _("使用侧边栏与工作台")


_MANAGER: Final = frozenset(
    {
        Permission.DASHBOARD_VIEW,
        Permission.CUSTOMERS_VIEW,
        Permission.CUSTOMERS_EDIT,
        Permission.CUSTOMERS_REVEAL,
        Permission.JOURNEYS_VIEW,
        Permission.TOUCHES_VIEW,
        Permission.CODES_VIEW,
        Permission.CONTENT_VIEW,
        Permission.STAFF_VIEW,
        Permission.WORKBENCH_USE,
    }
)
_OPERATOR: Final = _MANAGER | {
    Permission.CUSTOMERS_EXPORT,
    Permission.EVENTS_RECORD,
    Permission.TAGS_MANAGE,
    Permission.JOURNEYS_EDIT,
    Permission.JOURNEYS_PUBLISH,
    Permission.TOUCHES_DECIDE,
    Permission.CODES_EDIT,
    Permission.CONTENT_EDIT,
    Permission.SYSTEM_VIEW,
}
DEFAULT_PERMISSIONS: Final[dict[str, frozenset[str]]] = {
    User.Role.ADMIN: frozenset(Permission),
    User.Role.OPERATOR: _OPERATOR,
    User.Role.MANAGER: _MANAGER,
    User.Role.STAFF: frozenset({Permission.WORKBENCH_USE}),
}
