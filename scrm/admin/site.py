"""The site of the back office: whoever is not an admin and superuser is not even asked in."""

from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from org.models import User
from org.selectors.rights import may_act
from org.services.totp import has_totp


class BackOffice(AdminSite):
    """Django's admin behind the sign-in of the console: password, second step, throttling."""

    site_header = site_title = _("微域 SCRM 后台")
    index_title = _("少用的数据表")
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in admins who are superusers and, where it is required, have an authenticator."""
        user = request.user
        return (
            isinstance(user, User)
            and user.is_superuser
            and user.role == User.Role.ADMIN
            and may_act(user)
            and (not settings.TOTP_REQUIRED_FOR_ADMINS or has_totp(user))
        )

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Send a stranger to the sign-in of the console; somebody without the right goes home."""
        if request.user.is_authenticated:
            return HttpResponseRedirect(reverse("home"))
        wanted = request.GET.get("next") or reverse("admin:index")
        return HttpResponseRedirect(f"{reverse('login')}?{urlencode({'next': wanted})}")

    def password_change(  # type: ignore[override] # a redirect instead of a form
        self, request: HttpRequest, extra_context: Any = None
    ) -> HttpResponse:
        """Passwords are changed where every other session ends with it."""
        return HttpResponseRedirect(reverse("security"))


SITE: Final = BackOffice(name="admin")
