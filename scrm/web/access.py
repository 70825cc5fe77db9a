"""Who may open a page: signed in, with the right that the page names."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache

from org.models import User
from org.permissions import Permission
from org.selectors.rights import permissions_of

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def viewer_of(request: HttpRequest) -> User:
    """Return who is signed in; only views behind `page` may ask."""
    return cast("User", request.user)


def may(request: HttpRequest, permission: Permission) -> bool:
    """Say whether the person signed in has a right."""
    return permission in rights_of(request)


def rights_of(request: HttpRequest) -> frozenset[str]:
    """Return the rights of the person signed in, read once a request."""
    known = getattr(request, "_rights", None)
    if known is None:
        known = permissions_of(viewer_of(request)) if request.user.is_authenticated else frozenset()
        request._rights = known  # type: ignore[attr-defined] # one read a request
    return cast("frozenset[str]", known)


def page(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Make a view a page: never cached, for people signed in who have the right.

    Someone without a session is sent to sign in; someone without the right gets 403. The right is
    kept on the view as `permission`, where the tests of the whole address book read it.
    """
    return _guard(permission, login_url=None)


def member_page(permission: Permission) -> Callable[[View[P]], View[P]]:
    """Make a view a page that members open inside WeCom: as `page`, but they sign in with WeCom.

    Someone without a session goes through WeCom's OAuth and comes back to the address they wanted;
    `?corp=` in it names the corp where there are several.
    """
    return _guard(permission, login_url="wecom-sign-in")


def own_page(view: View[P]) -> View[P]:
    """Make a view a page of everybody who is signed in: it shows and changes their own things."""
    return _guard(None, login_url=None)(view)


def _guard(permission: Permission | None, *, login_url: str | None) -> Callable[[View[P]], View[P]]:

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if permission is not None and not may(request, permission):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        shown = never_cache(login_required(guarded, login_url=login_url))
        shown.permission = permission  # type: ignore[attr-defined] # read by the tests
        return cast("View[P]", shown)

    return decorate
