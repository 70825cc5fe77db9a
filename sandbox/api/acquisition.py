"""Customer acquisition links (获客助手; wecom-api §17)."""

from __future__ import annotations

from sandbox.api.call import Call, endpoint
from sandbox.api.paging import page, paged
from sandbox.entities import JSONDict
from sandbox.errors import ApiError
from sandbox.traffic import AcquisitionLink
from sandbox.visibility import find_seller

_BASE = "externalcontact/customer_acquisition"
_RANGE = {"user_list": [str], "department_list": [int]}
_FIELDS = {
    "link_id": str,
    "link_name": str,
    "range": _RANGE,
    "skip_verify": bool,
    "mark_source": bool,
    "priority_option": object,
}


def _own_links(call: Call) -> list[AcquisitionLink]:
    return [link for link in call.corp.acquisition_links.values() if link.app == call.app.slug]


def _link(call: Call) -> AcquisitionLink:
    link = call.corp.acquisition_links.get(call.need("link_id"))
    if link is None or link.app != call.app.slug:
        raise ApiError(41201, "invalid link_id")
    return link


@endpoint("POST", f"{_BASE}/list_link", right="acquisition", fields={"limit": int, "cursor": str})
def list_link(call: Call) -> JSONDict:
    """Answer the ids of the app's own links."""
    shown = page(call, _own_links(call), lambda link: link.link_id, default=100, cap=100)
    return paged("link_id_list", *shown)


@endpoint("POST", f"{_BASE}/get", right="acquisition", fields={"link_id": str})
def get_link(call: Call) -> JSONDict:
    """Answer one link."""
    link = _link(call)
    return {
        "link": {
            "link_name": link.link_name,
            "url": link.url,
            "create_time": link.create_time,
            "skip_verify": link.skip_verify,
            "mark_source": link.mark_source,
        },
        "range": {"user_list": link.user_list, "department_list": link.department_list},
        "priority_option": {},
    }


def _fill(call: Call, link: AcquisitionLink) -> None:
    scope = call.mapping("range")
    if scope:
        users = [str(userid) for userid in scope.get("user_list") or []]
        parties = [int(party) for party in scope.get("department_list") or []]
        if not users and not parties:
            raise ApiError(40063, "empty range")
        if len(users) > 500:
            raise ApiError(40058, "range holds more than 500")
        link.user_list = [find_seller(call.corp, call.app, userid).userid for userid in users]
        link.department_list = parties
    link.link_name = call.text("link_name", chars=30) or link.link_name
    link.skip_verify = call.flag("skip_verify", default=link.skip_verify)
    link.mark_source = call.flag("mark_source", default=link.mark_source)


@endpoint("POST", f"{_BASE}/create_link", right="acquisition", fields=_FIELDS)
def create_link(call: Call) -> JSONDict:
    """Create a link."""
    call.need("link_name")
    if not call.mapping("range"):
        raise ApiError(40063, "missing range")
    link_id = call.sim.world.mint("cawcde", 20)
    url = f"https://work.weixin.qq.com/ca/{link_id}"
    link = AcquisitionLink(link_id, "", url, call.app.slug, create_time=call.now)
    _fill(call, link)
    call.corp.acquisition_links[link_id] = link
    names = ("link_id", "link_name", "url", "create_time")
    return {"link": {name: getattr(link, name) for name in names}}


@endpoint("POST", f"{_BASE}/update_link", right="acquisition", fields=_FIELDS)
def update_link(call: Call) -> JSONDict:
    """Change a link."""
    _fill(call, _link(call))
    return {}


@endpoint("POST", f"{_BASE}/delete_link", right="acquisition", fields={"link_id": str})
def delete_link(call: Call) -> JSONDict:
    """Delete a link."""
    del call.corp.acquisition_links[_link(call).link_id]
    return {}


@endpoint(
    "POST",
    f"{_BASE}/customer",
    right="acquisition",
    fields={"link_id": str, "limit": int, "cursor": str},
)
def link_customers(call: Call) -> JSONDict:
    """Answer the customers who came by a link."""

    def show(row: list[str]) -> JSONDict:
        external_userid, userid, state = row
        relation = call.corp.relation(userid, external_userid)
        chatted = relation is not None and relation.chatted
        return {
            "external_userid": external_userid,
            "userid": userid,
            "chat_status": int(chatted),
            "state": state,
        }

    return paged("customer_list", *page(call, _link(call).customers, show, default=500, cap=1000))


@endpoint("GET", "externalcontact/customer_acquisition_quota", right="acquisition")
def quota(call: Call) -> JSONDict:
    """Answer the paid quota."""
    used = sum(len(link.customers) for link in call.corp.acquisition_links.values())
    left = max(0, 10_000 - used)
    row = {"expire_date": call.now // 86_400 * 86_400 + 180 * 86_400, "balance": left}
    return {"total": 10_000, "balance": left, "quota_list": [row]}


@endpoint(
    "POST",
    f"{_BASE}/statistic",
    right="acquisition",
    fields={"link_id": str, "start_time": int, "end_time": int},
)
def statistic(call: Call) -> JSONDict:
    """Answer clicks and new customers of a link in a time span."""
    link = _link(call)
    start, end = call.span(30)
    relations = [call.corp.relation(userid, customer) for customer, userid, _ in link.customers]
    fresh = sum(r is not None and start <= r.createtime <= end for r in relations)
    return {"click_link_customer_cnt": link.click_count, "new_customer_cnt": fresh}
