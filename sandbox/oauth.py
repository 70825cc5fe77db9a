"""Stand-ins for the login pages of WeCom: who opens this page? (wecom-api §4)."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.actions import customer_of
from sandbox.errors import ActionError
from sandbox.simulator import Simulator
from sandbox.state import Corp

IDENTITY_COOKIE = "sandbox_as"
"""Set by the page at `/` when somebody opens a link there: nobody has to be asked again."""

_SHOWN_CUSTOMERS = 50
_STYLE = (
    "body{font:15px/1.6 system-ui,sans-serif;max-width:640px;margin:40px auto;padding:0 16px;"
    "color:#1f2329}h1{font-size:20px}h2{font-size:15px;color:#646a73;margin:24px 0 8px}"
    "a.who{display:inline-block;margin:4px 6px 4px 0;padding:6px 12px;border:1px solid #d0d3d6;"
    "border-radius:8px;text-decoration:none;color:inherit}a.who:hover{border-color:#07c160}"
    "input{padding:6px 10px;border:1px solid #d0d3d6;border-radius:8px;font:inherit}"
)


def issue_code(sim: Simulator, corp: Corp, who: str, scope: str) -> str:
    """Return a login code for a member or customer.

    Raises:
        ActionError: nobody answers to `who`.
    """
    member = corp.members.get(who)
    if member is not None and not member.left_at:
        return sim.new_oauth_code(corp, userid=who, external_userid="", scope=scope)
    person = customer_of(corp, who)
    return sim.new_oauth_code(corp, userid="", external_userid=person.external_userid, scope=scope)


class OAuthPages:
    """The two login addresses."""

    def __init__(self, sim: Simulator) -> None:
        """Serve `sim`."""
        self.sim = sim

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/connect/oauth2/authorize", self.authorize),
            Route("/wwlogin/sso/login", self.web_login),
        ]

    async def authorize(self, request: Request) -> Response:
        """A page opened inside WeCom or WeChat: `?as=` skips the choice."""
        return self._answer(request, has_customers=True)

    async def web_login(self, request: Request) -> Response:
        """The login of an outside browser: members only."""
        return self._answer(request, has_customers=False)

    def _answer(self, request: Request, *, has_customers: bool) -> Response:
        query = request.query_params
        corp = self.sim.world.corps.get(query.get("appid", ""))
        redirect = query.get("redirect_uri", "")
        if corp is None or not redirect.startswith(("http://", "https://")):
            return _refuse("appid 或 redirect_uri 不正确")
        if not self._is_trusted(corp, query.get("agentid", ""), redirect):
            return _refuse("50001 redirect_uri 域名不是应用的可信域名")
        who = query.get("as", "")
        if not who and has_customers:
            who = _known(corp, request.cookies.get(IDENTITY_COOKIE, ""))
        if not who:
            return HTMLResponse(_page(corp, request, has_customers=has_customers))
        scope = query.get("scope", "snsapi_base") if query.get("agentid") else "snsapi_base"
        try:
            code = issue_code(self.sim, corp, who, scope)
        except ActionError as error:
            return _refuse(str(error))
        return RedirectResponse(_with_code(redirect, code, query.get("state", "")), 302)

    def _is_trusted(self, corp: Corp, agent_id: str, redirect: str) -> bool:
        app = self.sim.app_of(corp, int(agent_id)) if agent_id.isdigit() else None
        if app is None or not app.trusted_domains:
            return True
        return urlsplit(redirect).netloc in app.trusted_domains


def _known(corp: Corp, who: str) -> str:
    is_known = who in corp.members or who in corp.customers or who in corp.by_handle
    return who if is_known else ""


def _with_code(redirect: str, code: str, state: str) -> str:
    parts = urlsplit(redirect)
    words = [*parse_qsl(parts.query, keep_blank_values=True), ("code", code), ("state", state)]
    return urlunsplit(parts._replace(query=urlencode(words)))


def _refuse(reason: str) -> Response:
    return HTMLResponse(f"<style>{_STYLE}</style><h1>无法登录</h1><p>{escape(reason)}</p>", 400)


def _page(corp: Corp, request: Request, *, has_customers: bool) -> str:
    here = f"{request.url.path}?{request.url.query}"
    members = [(m.userid, m.name) for m in corp.members.values() if not m.left_at]
    parts = [
        f"<!doctype html><html lang=zh-CN><meta charset=utf-8><title>选择身份</title>"
        f"<style>{_STYLE}</style><h1>谁在打开这个页面?</h1>",
        f"<p>{escape(corp.name)} · 本地企业微信</p><h2>成员</h2>",
        "".join(_choice(here, userid, name) for userid, name in members),
    ]
    if has_customers:
        shown = list(corp.customers.values())[-_SHOWN_CUSTOMERS:]
        fields = "".join(
            f'<input type=hidden name="{escape(name)}" value="{escape(value)}">'
            for name, value in request.query_params.items()
        )
        parts += [
            "<h2>客户 (最近添加的)</h2>",
            "".join(_choice(here, c.external_userid, c.name) for c in reversed(shown)),
            f"<form>{fields}<p><input name=as placeholder='external_userid 或编号'> "
            "<button>打开</button></form>",
        ]
    return "".join(parts) + "</html>"


def _choice(here: str, who: str, name: str) -> str:
    target = f"{here}&as={quote(who)}"
    return (
        f'<a class=who href="{escape(target)}">{escape(name)} <small>{escape(who[:20])}</small></a>'
    )
