"""Which pages are pictured, as whom, and how one gets there."""

from dataclasses import dataclass
from typing import Final

ADMIN, MANAGER, STAFF = "admin", "manager", "staff"
WIDE, NARROW = 1440, 400


@dataclass(frozen=True, slots=True)
class Picture:
    """One page.

    Attributes:
        follow: On `path` the address of the first link that matches is the page.
        press: What is pressed before the picture is taken, one after the other.
        widths: In windows of these widths.
    """

    name: str
    path: str
    user: str | None = ADMIN
    follow: str = ""
    press: tuple[str, ...] = ()
    widths: tuple[int, ...] = (WIDE, NARROW)


PICTURES: Final = (
    Picture("login", "/login/", user=None),
    Picture("dashboard", "/dashboard/"),
    Picture("customers", "/customers/"),
    Picture("customers-none", "/customers/?q=zzzz", widths=(WIDE,)),
    Picture("customer", "/customers/", follow="#list a.who"),
    Picture("tags", "/tags/"),
    Picture("codes", "/codes/"),
    Picture("code", "/codes/", follow="td a[href^='/codes/']"),
    Picture("code-new", "/codes/new/"),
    Picture("code-poster", "/codes/", follow="td a[href$='/poster/']"),
    Picture("journeys", "/journeys/"),
    Picture("journey", "/journeys/", follow="main a[href*='/journeys/']"),
    Picture("touches", "/touches/"),
    Picture("materials", "/content/"),
    Picture("material", "/content/", follow="td a[href^='/content/']"),
    Picture("article-editor", "/content/", follow="td a[href$='/edit/']"),
    Picture("scripts", "/content/scripts/"),
    Picture("staff", "/staff/"),
    Picture("accounts", "/accounts/"),
    Picture("roles", "/roles/"),
    Picture("audit", "/audit/"),
    Picture("tokens", "/tokens/"),
    Picture("connection", "/connection/"),
    Picture("security", "/security/"),
    Picture("system", "/system/"),
    Picture("jobs", "/jobs/"),
    Picture("alerts", "/alerts/", user=MANAGER),
    Picture("command", "/system/", press=("Control+k",), widths=(WIDE,)),
    Picture("gallery", "/gallery/", widths=(WIDE,)),
    Picture("workbench", "/m/", user=STAFF, widths=(NARROW,)),
    Picture("workbench-team", "/m/team/", user=MANAGER, widths=(NARROW,)),
)
