"""The page of the connection, and what can be done on it."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from customers.services.sync import AlreadyRunning, start_sync
from org.errors import BadConnection
from org.permissions import Permission
from org.services.connection import (
    AppSpec,
    change_corp,
    connect_first,
    probe_app,
    save_app,
    set_ticks,
)
from scrm.console.connection.checklist import tickable_keys
from scrm.console.connection.forms import AppForm, CorpForm, SetUpForm
from scrm.console.connection.telling import corp_state, sync_jobs, sync_words
from scrm.web.access import page, viewer_of
from scrm.web.addresses import address_of
from scrm.web.answers import go_to, posted
from wecom.models import App, Corp

FIRST_APP = "scrm"


@require_http_methods(["GET", "POST"])
@page(Permission.CONNECTION_MANAGE)
def index(request: HttpRequest) -> HttpResponse:
    """Show how WeCom is connected, or connect it for the first time."""
    corps = list(Corp.objects.order_by("id"))
    if not corps:
        return _set_up(request)
    now = clock.now()
    context = {
        "active": "connection",
        "states": [
            (corp_state(corp, now=now), [(job, sync_words(job)) for job in sync_jobs(corp)])
            for corp in corps
        ],
        "sidebar_url": _sidebar_url(),
        "public_url": settings.PUBLIC_URL,
    }
    return render(request, "console/connection/index.html", context)


@require_http_methods(["GET", "POST"])
@page(Permission.CONNECTION_MANAGE)
def corp(request: HttpRequest, corp_pk: int) -> HttpResponse:
    """Change a corp in the drawer."""
    known = get_object_or_404(Corp, pk=corp_pk)
    initial = {"name": known.name, "mass_quota": known.mass_quota}
    form = CorpForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        change_corp(known, **form.cleaned_data, **_by(request))
        messages.success(request, _("已保存"))
        return go_to(request, reverse("connection"))
    context = {"form": form, "corp": known, "action": request.path}
    status = 422 if form.errors else 200
    return render(request, "console/connection/_corp.html", context, status=status)


@require_http_methods(["GET", "POST"])
@page(Permission.CONNECTION_MANAGE)
def app(request: HttpRequest, corp_pk: int, app_pk: int | None = None) -> HttpResponse:
    """Add or change an app in the drawer."""
    owner = get_object_or_404(Corp, pk=corp_pk)
    known = get_object_or_404(App, pk=app_pk, corp=owner) if app_pk else None
    initial = (
        {
            "agent_id": known.agent_id,
            "callback_token": known.callback_token,
            "is_enabled": known.is_enabled,
        }
        if known
        else {"purpose": request.GET.get("purpose", "app"), "is_enabled": True}
    )
    form = AppForm(posted(request), initial=initial, app=known)
    if request.method == "POST" and form.is_valid():
        values = dict(form.cleaned_data)
        if known is not None:
            values |= {"slug": known.slug, "purpose": known.purpose}
        try:
            save_app(owner, AppSpec(**values), app=known, **_by(request))
        except BadConnection as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("应用已保存，点「测试连接」看看通不通"))
            return go_to(request, reverse("connection"))
    context = {"form": form, "app": known, "corp": owner, "action": request.get_full_path()}
    status = 422 if form.errors else 200
    return render(request, "console/connection/_app.html", context, status=status)


@require_POST
@page(Permission.CONNECTION_MANAGE)
def probe(request: HttpRequest, app_pk: int) -> HttpResponse:
    """Ask WeCom whether an app works."""
    known = get_object_or_404(App.objects.select_related("corp"), pk=app_pk)
    probes = probe_app(known, now=clock.now())
    failed = sum(not one.is_ok for one in probes)
    if failed:
        messages.warning(request, _("{count} 项没有通过，看看下面怎么办").format(count=failed))
    else:
        messages.success(request, _("全部通过"))
    return redirect(f"{reverse('connection')}#app-{known.pk}")


@require_POST
@page(Permission.CONNECTION_MANAGE)
def ticks(request: HttpRequest, corp_pk: int) -> HttpResponse:
    """Keep what was ticked on the checklist."""
    owner = get_object_or_404(Corp, pk=corp_pk)
    allowed = set(tickable_keys())
    chosen = [key for key in request.POST.getlist("items") if key in allowed]
    set_ticks(owner, chosen, now=clock.now(), actor=viewer_of(request))
    messages.success(request, _("清单已保存"))
    return redirect(f"{reverse('connection')}#checklist-{owner.pk}")


@require_POST
@page(Permission.CONNECTION_MANAGE)
def sync(request: HttpRequest, corp_pk: int) -> HttpResponse:
    """Begin to read the whole company from WeCom."""
    owner = get_object_or_404(Corp, pk=corp_pk)
    try:
        start_sync(corp=owner, now=clock.now())
    except AlreadyRunning:
        messages.info(request, _("已经在同步了"))
    else:
        messages.success(request, _("开始同步，可以离开这一页"))
    return redirect(f"{reverse('connection')}#sync-{owner.pk}")


@require_safe
@page(Permission.CONNECTION_MANAGE)
def sync_progress(request: HttpRequest, corp_pk: int) -> HttpResponse:
    """Answer how far the synchronisation has come; the page asks while one is running."""
    owner = get_object_or_404(Corp, pk=corp_pk)
    jobs = [(job, sync_words(job)) for job in sync_jobs(owner)]
    return render(request, "console/connection/_sync.html", {"corp": owner, "jobs": jobs})


def _set_up(request: HttpRequest) -> HttpResponse:
    form = SetUpForm(posted(request))
    if request.method == "POST" and form.is_valid():
        values: dict[str, Any] = form.cleaned_data
        spec = AppSpec(slug=FIRST_APP, agent_id=values["agent_id"], secret=values["secret"])
        try:
            connect_first(corp_id=values["corp_id"], name=values["name"], app=spec, **_by(request))
        except BadConnection as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("已连接。接下来填回调，再测试连接。"))
            return redirect("connection")
    context = {"active": "connection", "form": form, "public_url": settings.PUBLIC_URL}
    status = 422 if form.errors else 200
    return render(request, "console/connection/set_up.html", context, status=status)


def _sidebar_url() -> str:
    return f"{settings.PUBLIC_URL}{reverse('sidebar')}"


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"now": clock.now(), "actor": viewer_of(request), "address": address_of(request)}
