"""What people may do (权限): one name for each right, and what each role has until it is edited."""

from typing import Final

from django.db import models

from org.models.user import User


class Permission(models.TextChoices):
    """One right; whose data it reaches is the data scope's matter, not its own."""

    DASHBOARD_VIEW = "dashboard.view", "查看看板"
    CUSTOMERS_VIEW = "customers.view", "查看客户"
    CUSTOMERS_EDIT = "customers.edit", "编辑客户资料与标签"
    CUSTOMERS_REVEAL = "customers.reveal", "查看完整手机号"
    CUSTOMERS_EXPORT = "customers.export", "导出客户"
    EVENTS_RECORD = "events.record", "通过接口写入行为"
    TAGS_MANAGE = "tags.manage", "管理标签组"
    JOURNEYS_VIEW = "journeys.view", "查看旅程"
    JOURNEYS_EDIT = "journeys.edit", "编辑旅程"
    JOURNEYS_PUBLISH = "journeys.publish", "发布与暂停旅程"
    TOUCHES_VIEW = "touches.view", "查看触达"
    TOUCHES_DECIDE = "touches.decide", "处理未知结果与撤回"
    CODES_VIEW = "codes.view", "查看渠道活码"
    CODES_EDIT = "codes.edit", "编辑渠道活码"
    CONTENT_VIEW = "content.view", "查看素材"
    CONTENT_EDIT = "content.edit", "编辑素材"
    STAFF_VIEW = "staff.view", "查看员工与部门"
    ACCOUNTS_MANAGE = "accounts.manage", "管理账号与角色"
    TOKENS_MANAGE = "tokens.manage", "管理接口令牌"
    AUDIT_VIEW = "audit.view", "查看审计日志"
    CONNECTION_MANAGE = "connection.manage", "管理企业微信连接"
    SYSTEM_VIEW = "system.view", "查看运行状态"
    WORKBENCH_USE = "workbench.use", "使用侧边栏与工作台"


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
