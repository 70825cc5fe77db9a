"""People in the control API: members, customers, what they do."""

from __future__ import annotations

import asyncio

from starlette.requests import Request

from sandbox.actions import ACTIONS, bulk_add, customer_of
from sandbox.codec import encode
from sandbox.control.base import Part, Table, read_body
from sandbox.entities import Customer, JSONDict, RelationKind
from sandbox.errors import ActionError
from sandbox.oauth import issue_code
from sandbox.state import Corp


class People(Part):
    """Members, customers, actions."""

    def table(self) -> Table:
        """Return the routes."""
        return [
            ("GET", "members", self.members),
            ("GET", "customers", self.customers),
            ("GET", "customers/{reference}", self.customer),
            ("POST", "actions/{name}", self.action),
            ("POST", "bulk_add", self.bulk_add),
            ("POST", "bulk_actions", self.bulk_actions),
            ("POST", "oauth_codes", self.oauth_codes),
        ]

    async def members(self, request: Request) -> JSONDict:
        """List members with the number of their customers."""
        corp = self.corp(request)
        rows = []
        for member in corp.members.values():
            relations = corp.relations_of_member(member.userid)
            friends = sum(r.kind is RelationKind.FRIEND for r in relations)
            rows.append({**encode(member), "friend_count": friends})
        return {"members": rows}

    async def customers(self, request: Request) -> JSONDict:
        """Search customers by name, id, handle, remark or phone; `offset` and `limit` page."""
        corp, query = self.corp(request), request.query_params
        word, member = query.get("q", "").casefold(), query.get("member", "")
        offset, limit = int(query.get("offset", 0)), min(int(query.get("limit", 50)), 1000)
        found = [
            customer
            for customer in corp.customers.values()
            if (not word or word in _haystack(corp, customer))
            and (not member or corp.relation(member, customer.external_userid))
        ]
        rows = [_show_customer(corp, customer) for customer in found[offset : offset + limit]]
        return {"total": len(found), "customers": rows}

    async def customer(self, request: Request) -> JSONDict:
        """Show one customer with all relations."""
        corp = self.corp(request)
        return _show_customer(corp, customer_of(corp, request.path_params["reference"]))

    async def action(self, request: Request) -> JSONDict:
        """Let somebody do something."""
        return self._act(self.corp(request), request.path_params["name"], await read_body(request))

    def _act(self, corp: Corp, name: str, words: JSONDict) -> JSONDict:
        function = ACTIONS.get(name)
        if function is None:
            raise ActionError(f"no action {name!r}; known: {', '.join(sorted(ACTIONS))}")
        try:
            return function(self.sim, corp, **words)
        except TypeError as error:
            raise ActionError(f"{name}: {error}") from error

    async def bulk_add(self, request: Request) -> JSONDict:
        """Let many new people come."""
        try:
            return await bulk_add(self.sim, self.corp(request), **await read_body(request))
        except TypeError as error:
            raise ActionError(f"bulk_add: {error}") from error

    async def bulk_actions(self, request: Request) -> JSONDict:
        """Run `{"actions": [{"action": name, …words}]}` in order."""
        corp, results = self.corp(request), []
        for number, words in enumerate((await read_body(request)).get("actions", [])):
            name = str(words.pop("action", ""))
            results.append(self._act(corp, name, words))
            if number % 50 == 0:
                await asyncio.sleep(0)
        return {"results": results}

    async def oauth_codes(self, request: Request) -> JSONDict:
        """Issue a login code for `as` (a userid, external_userid or handle) without a browser."""
        corp, body = self.corp(request), await read_body(request)
        code = issue_code(self.sim, corp, str(body.get("as")), str(body.get("scope", "")))
        return {"code": code}


def _haystack(corp: Corp, customer: Customer) -> str:
    words = [customer.name, customer.external_userid, customer.handle, customer.mobile]
    for relation in corp.relations_of_customer(customer.external_userid):
        words += [relation.remark, *relation.remark_mobiles]
    return " ".join(words).casefold()


def _show_customer(corp: Corp, customer: Customer) -> JSONDict:
    relations = corp.relations_of_customer(customer.external_userid)
    return {**encode(customer), "relations": [encode(relation) for relation in relations]}
