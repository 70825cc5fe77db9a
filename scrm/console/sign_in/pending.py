"""Between the proof and the session (登录中): who has shown a password, and what is still asked.

Nobody is signed in here yet: the session of the stranger remembers for ten minutes who they say
they are and how they proved it. Each page of the second step asks `pending_of`, and hands on with
`go_on`.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from common import clock
from org.errors import SignInRefused
from org.models import SignInSession, User
from org.selectors.rights import accounts_with_rights, may_act
from org.services.totp import has_totp
from scrm.web.signing_in import let_in, safe_next

_KEY: Final = "pending_sign_in"
_LIVES: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Pending:
    """Somebody whose first step was right; `code_passed` when the second was too."""

    user_pk: int
    means: str
    next: str
    since: str
    code_passed: bool = False


def begin(
    request: HttpRequest, user: User, *, means: SignInSession.Means, wanted: str
) -> HttpResponse:
    """Go on after the first step: ask for what is missing, or open the house."""
    pending = Pending(user.pk, means.value, safe_next(wanted), clock.wall().isoformat())
    return go_on(request, user, pending)


def pending_of(request: HttpRequest) -> tuple[User, Pending] | None:
    """Return who is on the way in, or None: nobody, too slow, or not any more."""
    kept = request.session.get(_KEY)
    if kept is None:
        return None
    pending = Pending(**kept)
    if datetime.fromisoformat(pending.since) < clock.wall() - _LIVES:
        return None
    user = accounts_with_rights().filter(pk=pending.user_pk).first()
    return (user, pending) if user is not None and may_act(user) else None


def pass_code(request: HttpRequest, user: User, pending: Pending) -> Pending:
    """Remember that the second step was right."""
    passed = replace(pending, code_passed=True)
    request.session[_KEY] = asdict(passed)
    return passed


def go_on(request: HttpRequest, user: User, pending: Pending) -> HttpResponse:
    """Lead to the next page that asks for something; to where they wanted when nothing is left."""
    missing = _missing(user, pending)
    if missing is not None:
        request.session[_KEY] = asdict(pending)
        return redirect(missing)
    request.session.pop(_KEY, None)
    try:
        let_in(request, user, means=SignInSession.Means(pending.means))
    except SignInRefused as error:
        return refused(request, error.reason)
    return HttpResponseRedirect(pending.next)


def refused(request: HttpRequest, reason: str, *, status: int = 403) -> HttpResponse:
    """Say in a sentence why somebody may not come in, and what they can do about it."""
    context = {"reason": reason}
    return render(request, "console/sign_in/refused.html", context, status=status)


def _missing(user: User, pending: Pending) -> str | None:
    """Return the name of the page that is still to be passed."""
    if not pending.code_passed:
        if has_totp(user):
            return "sign-in-code"
        if settings.TOTP_REQUIRED_FOR_ADMINS and user.role == User.Role.ADMIN:
            return "sign-in-totp"
    if user.password_is_temporary and pending.means == SignInSession.Means.PASSWORD:
        return "sign-in-password"
    return None
