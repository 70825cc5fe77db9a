"""Which pages are pictured, as whom, and how one gets there."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

ADMIN, OPERATOR, MANAGER, STAFF = "admin", "operator", "manager", "staff"
WIDE, NARROW = 1440, 400
PHONE: Final = (NARROW,)
DESK: Final = (WIDE,)
# What the WeCom client answers stands in the address while it is played.
_CHAT: Final = "/sidebar/?sim_entry=single_chat_tools&sim_contact={contact}"
_PROFILE: Final = "/sidebar/?sim_entry=contact_profile&sim_contact={buyer}"
_GROUP: Final = "/sidebar/?sim_entry=group_chat_tools&sim_chat={group}"


@dataclass(frozen=True, slots=True)
class Picture:
    """One page.

    Attributes:
        path: Where one begins; `{group}` and its like come from `tests/screenshots/world.py`.
        follow: The address of the first link that matches is the next page, one after the other.
        click: What is clicked before the picture is taken.
        press: What is pressed before the picture is taken.
        widths: In windows of these widths.
        status: How the page is answered.
        template: The page is this template, whatever the address would answer.
    """

    name: str
    path: str
    user: str | None = ADMIN
    follow: tuple[str, ...] = ()
    click: tuple[str, ...] = ()
    press: tuple[str, ...] = ()
    widths: tuple[int, ...] = (WIDE, NARROW)
    status: int = HTTPStatus.OK
    template: str = ""


_FRONT: Final = (
    Picture("login", "/login/", user=None),
    Picture("dashboard", "/dashboard/"),
    Picture("dashboard-people", "/dashboard/", follow=("a[href^='/dashboard/people/']",)),
    Picture("command", "/system/", press=("Control+k",), widths=DESK),
    Picture("jobs-tray", "/system/", click=("[popovertarget=jobs]",), widths=DESK),
    Picture("alerts-tray", "/customers/", MANAGER, click=("[popovertarget=alerts]",), widths=DESK),
    Picture("account-menu", "/customers/", click=("[popovertarget=account]",), widths=DESK),
    Picture("rail", "/customers/", click=("[popovertarget=rail]",), widths=PHONE),
)

_CUSTOMERS: Final = (
    Picture("customers", "/customers/"),
    Picture("customers-none", "/customers/?q=zzzz", widths=DESK),
    Picture("customers-bulk", "/customers/", click=("thead input[type=checkbox]",), widths=DESK),
    Picture("customer", "/customers/{customer}/"),
    Picture("tags", "/tags/"),
)

_GROWTH: Final = (
    Picture("codes", "/codes/"),
    Picture("code", "/codes/{busy_code}/"),
    Picture("code-people", "/codes/{busy_code}/people/"),
    Picture("code-new", "/codes/new/"),
    Picture("code-edit", "/codes/{code}/edit/"),
    Picture("code-poster", "/codes/{code}/poster/"),
    Picture("default-welcome", "/codes/", click=("[hx-get*='default-welcome']",), widths=DESK),
)

_JOURNEYS: Final = (
    Picture("journeys", "/journeys/"),
    Picture("journey-templates", "/journeys/templates/"),
    Picture(
        "journey-template", "/journeys/templates/", follow=("a[href^='/journeys/templates/']",)
    ),
    Picture("journey-new", "/journeys/new/", widths=DESK),
    Picture("journey", "/journeys/{journey}/"),
    Picture("journey-step", "/journeys/{journey}/", click=(".node:has(.sign.tone-brand)",)),
    Picture("journey-entry", "/journeys/{journey}/settings/entry/", widths=DESK),
    Picture("journey-add", "/journeys/{journey}/", click=("#tree [data-plus]",), widths=DESK),
    Picture("journey-publish", "/journeys/{journey}/", click=("#publish",), widths=DESK),
    Picture("journey-versions", "/journeys/{journey}/versions/", widths=DESK),
    Picture("journey-runs", "/journeys/{journey}/runs/"),
    Picture("journey-run", "/journeys/{journey}/runs/", follow=("#list a.who",)),
    Picture("journey-why", "/journeys/{journey}/why/", widths=DESK),
    Picture("journey-why-customer", "/journeys/{journey}/why/{customer}/", widths=DESK),
)

_TOUCHES: Final = (
    Picture("touches", "/touches/"),
    Picture("touch", "/touches/", follow=("#list td a[href^='/touches/']",)),
    Picture("dispatches", "/dispatches/"),
    Picture("dispatches-calls", "/dispatches/calls/"),
    Picture("dispatches-unknown", "/dispatches/unknown/"),
    Picture("dispatch", "/dispatches/", follow=("#list td a[href^='/dispatches/']",)),
    Picture("materials", "/content/"),
    Picture("material", "/content/{material}/"),
    Picture("material-edit", "/content/{material}/edit/"),
    Picture("scripts", "/content/scripts/"),
)

_MANAGEMENT: Final = (
    Picture("staff", "/staff/"),
    Picture("accounts", "/accounts/"),
    Picture("account-new", "/accounts/", click=("[hx-get='/accounts/new/']",), widths=DESK),
    Picture("roles", "/roles/"),
    Picture("audit", "/audit/"),
    Picture("tokens", "/tokens/"),
    Picture("token-new", "/tokens/", click=("[hx-get='/tokens/new/']",), widths=DESK),
    Picture("connection", "/connection/"),
    Picture("security", "/security/"),
    Picture("system", "/system/"),
    Picture("jobs", "/jobs/"),
    Picture("alerts", "/alerts/", MANAGER),
    Picture("gallery", "/gallery/", widths=DESK),
    Picture("api-docs", "/api/v1/docs/"),
)

_PHONES: Final = (
    Picture("workbench", "/m/", STAFF, widths=PHONE),
    Picture("workbench-customers", "/m/customers/", STAFF, widths=PHONE),
    Picture("workbench-customer", "/m/customers/{own}/", STAFF, widths=PHONE),
    Picture("workbench-manager", "/m/", MANAGER, widths=PHONE),
    Picture("workbench-team", "/m/team/", MANAGER, widths=PHONE),
    Picture("workbench-nobody", "/m/", ADMIN, widths=PHONE),
    Picture("sidebar", _CHAT, STAFF, click=("#tab-tasks",), widths=PHONE),
    Picture("sidebar-scripts", _CHAT, STAFF, click=("#tab-scripts",), widths=PHONE),
    Picture("sidebar-materials", _CHAT, STAFF, click=("#tab-materials",), widths=PHONE),
    Picture("sidebar-timeline", _CHAT, STAFF, click=("#tab-timeline",), widths=PHONE),
    Picture("sidebar-tags", _CHAT, STAFF, click=("[data-sheet=tags]",), widths=PHONE),
    Picture("sidebar-later", _CHAT, STAFF, click=("#tab-tasks", "[data-later]"), widths=PHONE),
    Picture("sidebar-note", _CHAT, STAFF, click=("[data-sheet=note]",), widths=PHONE),
    Picture("sidebar-profile", _PROFILE, STAFF, widths=PHONE),
    Picture("sidebar-group", _GROUP, STAFF, click=("#tab-materials",), widths=PHONE),
    Picture("sidebar-members", _GROUP, STAFF, click=("#tab-members",), widths=PHONE),
    Picture("sidebar-failure", "/sidebar/?sim_fail=agentConfig", STAFF, widths=PHONE),
    Picture("article", "/l/{link}", user=None, click=("[href*='{contact}']",), widths=PHONE),
    Picture("article-gone", "/l/nothing", user=None, widths=PHONE, status=HTTPStatus.NOT_FOUND),
)

_ERRORS: Final = (
    Picture("not-found", "/nothing/", status=HTTPStatus.NOT_FOUND, template="404.html"),
    Picture("forbidden", "/accounts/", STAFF, status=HTTPStatus.FORBIDDEN),
    Picture("broken", "/broken/", status=HTTPStatus.INTERNAL_SERVER_ERROR, template="500.html"),
)

PICTURES: Final = (
    *_FRONT,
    *_CUSTOMERS,
    *_GROWTH,
    *_JOURNEYS,
    *_TOUCHES,
    *_MANAGEMENT,
    *_PHONES,
    *_ERRORS,
)
