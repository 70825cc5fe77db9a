"""The customers list: filtering, views, columns."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from common import clock
from customers.errors import BadView, UnknownView
from customers.selectors.views import access_view
from customers.services.views import choose_columns, delete_view, save_view
from org.permissions import Permission
from scrm.console.customers import cells, telling
from scrm.console.customers.forms import ViewForm
from scrm.web.access import may, page, viewer_of
from scrm.web.answers import go_to, is_partial
from scrm.web.customer_filter import choose


@require_safe
@page(Permission.CUSTOMERS_VIEW)
def customers(request: HttpRequest) -> HttpResponse:
    """Show the customers in the viewer's scope that the address asks for."""
    viewer, now = viewer_of(request), clock.now()
    context = {"active": "customers"} | telling.list_context(viewer, request.GET, now=now)
    context["rows_html"] = cells.rows_html(
        context["rows"],
        context["on"],
        may_choose=may(request, Permission.CUSTOMERS_EDIT)
        or may(request, Permission.CUSTOMERS_EXPORT),
    )
    if is_partial(request):
        return render(request, "console/customers/_list.html", context)
    context |= telling.bar_context(viewer, context["choice"])
    return render(request, "console/customers/list.html", context)


@require_safe
@page(Permission.CUSTOMERS_VIEW)
def counts(request: HttpRequest) -> HttpResponse:
    """Show the tabs with their counts, once the page is there; which is on the browser says."""
    viewer, now = viewer_of(request), clock.now()
    shown = QueryDict(request.headers.get("HX-Current-URL", "").partition("?")[2])
    query = choose(viewer, shown, now=now).query
    context = {"tabs": telling.counted_tabs(viewer, query, now=now), "is_counted": True}
    return render(request, "console/customers/_tabs.html", context)


@require_POST
@page(Permission.CUSTOMERS_VIEW)
def columns(request: HttpRequest) -> HttpResponse:
    """Remember which columns the viewer wants, and show the list so."""
    shown = request.POST.getlist("shown")
    choose_columns(user=viewer_of(request), shown=shown, known=telling.COLUMNS)
    return go_to(request, list_url(request.POST.get("address", "")))


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.CUSTOMERS_VIEW)
def new_view(request: HttpRequest) -> HttpResponse:
    """Save the filter that is shown under a name."""
    viewer, now = viewer_of(request), clock.now()
    is_sent = request.method == "POST"
    asked = QueryDict(request.POST.get("address", "")) if is_sent else request.GET
    choice = choose(viewer, asked, now=now)
    form = ViewForm(request.POST if is_sent else None, may_share=may_share(request))
    if is_sent and form.is_valid():
        try:
            view = save_view(
                owner=viewer,
                name=form.cleaned_data["name"],
                query=choice.query,
                is_shared=form.cleaned_data.get("is_shared", False),
                now=now,
            )
        except BadView as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("已保存视图“{name}”。").format(name=view.name))
            return go_to(request, list_url(telling.kept_address(choice, QueryDict())))
    context = {"form": form, "address": telling.kept_address(choice, QueryDict())}
    status = 422 if form.errors else 200
    return render(request, "console/customers/_view_drawer.html", context, status=status)


@require_POST
@page(Permission.CUSTOMERS_VIEW)
def remove_view(request: HttpRequest, view_id: int) -> HttpResponse:
    """Delete a view."""
    viewer = viewer_of(request)
    try:
        view = access_view(viewer=viewer, view_id=view_id)
        delete_view(view, user=viewer, may_delete_companys=may_share(request))
        messages.success(request, _("已删除视图“{name}”。").format(name=view.name))
    except UnknownView as error:
        raise Http404 from error
    except BadView as error:
        messages.error(request, str(error))
    return go_to(request, reverse("customers"))


@require_safe
@page(Permission.CUSTOMERS_VIEW)
def views(request: HttpRequest) -> HttpResponse:
    """Show the saved views, to delete those that nobody needs."""
    tabs = telling.tabs(viewer_of(request), {})
    context = {
        "views": [
            (tab, tab.view.owner_id == viewer_of(request).pk or may_share(request))
            for tab in tabs
            if tab.view is not None
        ]
    }
    return render(request, "console/customers/_views_drawer.html", context)


def may_share(request: HttpRequest) -> bool:
    """Say whether what the viewer saves may be shown to everybody, and the company's deleted."""
    return may(request, Permission.TAGS_MANAGE)


def list_url(address: str) -> str:
    """Return the address of the list with a query; whatever else was sent stays a query."""
    query = QueryDict(address).urlencode()
    return f"{reverse('customers')}?{query}" if query else reverse("customers")
