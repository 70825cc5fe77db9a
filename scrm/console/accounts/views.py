"""Accounts (账号): who may sign in, and as what."""

from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from org.errors import GrantTooWide, LastAdmin, OrgError, StaffTaken, UsernameTaken
from org.models import Staff, User
from org.permissions import Permission
from org.selectors.accounts import GONE, OFF, ON, AccountFilter, account_named, accounts_like
from org.services.accounts import (
    NewPassword,
    change_account,
    create_account,
    may_grant,
    reset_password,
    set_account_active,
)
from org.services.totp import remove_totp
from scrm.console.accounts.forms import AccountForm, NewAccountForm
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import is_partial, posted, reload

PAGE_ROWS: Final = 50
SHOWN_STAFF: Final = 300
MANAGE: Final = Permission.ACCOUNTS_MANAGE


@require_safe
@page(MANAGE)
def listing(request: HttpRequest) -> HttpResponse:
    """Show the accounts, narrowed by name, role and state."""
    wanted = AccountFilter(
        text=request.GET.get("q", "").strip()[:64],
        role=request.GET.get("role", ""),
        state=request.GET.get("state", ""),
    )
    rows = Paginator(accounts_like(wanted), PAGE_ROWS).get_page(request.GET.get("page"))
    viewer = viewer_of(request)
    touchable = {role for role in User.Role.values if may_grant(viewer, role)}
    context = {
        "active": "accounts",
        "wanted": wanted,
        "page": rows,
        "touchable": touchable,
        "roles": User.Role.choices,
        "states": [(ON, _("启用")), (OFF, _("停用")), (GONE, _("员工已离职"))],
    }
    name = "_list.html" if is_partial(request) else "list.html"
    return render(request, f"console/accounts/{name}", context)


@require_http_methods(["GET", "POST"])
@page(MANAGE)
def create(request: HttpRequest) -> HttpResponse:
    """Make an account and show its password once."""
    viewer = viewer_of(request)
    form = NewAccountForm(viewer, posted(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = create_account(
                username=form.cleaned_data["username"],
                spec=form.spec(),
                actor=viewer,
                now=clock.now(),
                address=address_of(request),
            )
        except (GrantTooWide, StaffTaken, UsernameTaken) as error:
            form.add_error(None, sentence(error))
        else:
            return _show_password(request, made)
    return _drawer(request, form, action=reverse("account-new"))


@require_http_methods(["GET", "POST"])
@page(MANAGE)
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change name, role and member of an account."""
    account, viewer = _account(pk), viewer_of(request)
    initial = {
        "display_name": account.display_name,
        "role": account.role,
        "staff": account.staff.userid if account.staff else "",
        "email": account.email,
    }
    form = AccountForm(viewer, posted(request), account=account, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_account(
                user_pk=account.pk,
                spec=form.spec(),
                actor=viewer,
                now=clock.now(),
                address=address_of(request),
            )
        except (GrantTooWide, LastAdmin, StaffTaken) as error:
            form.add_error(None, sentence(error))
        else:
            messages.success(request, _("已保存。"))
            return reload(request, reverse("accounts"))
    return _drawer(request, form, action=reverse("account", args=[pk]), account=account)


@require_POST
@page(MANAGE)
def set_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account on or off."""
    account = _account(pk)
    try:
        set_account_active(
            user_pk=account.pk,
            is_active=request.POST.get("is_active") == "1",
            actor=viewer_of(request),
            now=clock.now(),
            address=address_of(request),
        )
    except (GrantTooWide, LastAdmin) as error:
        messages.error(request, sentence(error))
    else:
        messages.success(request, _("已保存。"))
    return reload(request, reverse("accounts"))


@require_POST
@page(MANAGE)
def new_password(request: HttpRequest, pk: int) -> HttpResponse:
    """Give an account a new password and show it once."""
    try:
        made = reset_password(
            user_pk=_account(pk).pk,
            actor=viewer_of(request),
            now=clock.now(),
            address=address_of(request),
        )
    except GrantTooWide as error:
        messages.error(request, sentence(error))
        return reload(request, reverse("accounts"))
    return _show_password(request, made)


@require_POST
@page(MANAGE)
def drop_totp(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the authenticator of a lost phone away."""
    account, viewer = _account(pk), viewer_of(request)
    if not may_grant(viewer, account.role):
        messages.error(request, sentence(GrantTooWide()))
    else:
        remove_totp(user=account, actor=viewer, now=clock.wall(), address=address_of(request))
        messages.success(request, _("已重置，对方可在下次登录后重新设置。"))
    return reload(request, reverse("accounts"))


def sentence(error: OrgError) -> str:
    """Say why it was not done."""
    words = {
        LastAdmin: _("至少要保留一个能登录的管理员，请先指定另一位管理员。"),
        GrantTooWide: _("不能授予或修改超出你自己权限的角色。"),
        StaffTaken: _("这位员工已有账号。"),
        UsernameTaken: _("这个登录账号已被使用。"),
    }
    return words[type(error)]


def _account(pk: int) -> User:
    account = account_named(pk)
    if account is None:
        raise Http404
    return account


def _drawer(
    request: HttpRequest, form: AccountForm, *, action: str, account: User | None = None
) -> HttpResponse:
    members = Staff.objects.filter(left_at__isnull=True, user__isnull=True).order_by("name")
    context = {
        "form": form,
        "action": action,
        "account": account,
        "members": members.only("userid", "name")[:SHOWN_STAFF],
    }
    status = 422 if form.errors else 200
    return render(request, "console/accounts/_form.html", context, status=status)


def _show_password(request: HttpRequest, made: NewPassword) -> HttpResponse:
    return render(request, "console/accounts/_password.html", {"made": made})
