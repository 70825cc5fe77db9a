"""The sign-ins of the demo company; `seed` creates them and `up` prints them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One sign-in; `role` is a value of `org.models.User.Role`."""

    username: str
    role: str
    title: str


# All of them, in the demo only.
DEMO_PASSWORD = "weiyu-demo-2026"  # noqa: S105 - printed at every start of the demo

DEMO_ACCOUNTS = (
    DemoAccount("admin", "admin", "管理员 admin"),
    DemoAccount("operator", "operator", "运营 operator"),
    DemoAccount("manager", "manager", "主管 manager"),
    DemoAccount("staff", "staff", "员工 staff"),
)
