"""The machine in the control API: faults, tokens, time, settings, callbacks, apps."""

from __future__ import annotations

import asyncio
import json
from dataclasses import fields
from urllib.parse import quote, urlsplit

from starlette.requests import Request

from sandbox import crypto
from sandbox.callbacks import BROKEN
from sandbox.codec import encode
from sandbox.config import LATENCIES
from sandbox.control.base import Part, Table, read_body
from sandbox.due import settle_due
from sandbox.entities import JSONDict
from sandbox.errors import ActionError
from sandbox.http_post import Lane
from sandbox.simulator import Simulator
from sandbox.state import Settings


class Machine(Part):
    """Faults, tokens, clock, settings, callbacks, apps."""

    def table(self) -> Table:
        """Return the routes."""
        return [
            ("GET", "faults", self.faults),
            ("POST", "faults", self.set_faults),
            ("DELETE", "faults", self.clear_faults),
            ("POST", "tokens/{verb}", self.tokens),
            ("GET", "clock", self.clock),
            ("POST", "clock/advance", self.advance),
            ("POST", "clock/freeze", self.freeze),
            ("GET", "settings", self.settings),
            ("PATCH", "settings", self.change_settings),
            ("GET", "callbacks", self.callbacks),
            ("POST", "callbacks/{verb}", self.callbacks_verb),
            ("GET", "apps", self.apps),
            ("PATCH", "apps/{slug}", self.change_app),
            ("POST", "apps/{slug}/verify", self.verify_app),
            ("POST", "jssdk", self.jssdk),
        ]

    async def faults(self, request: Request) -> JSONDict:
        """Show the rules in force."""
        return {"rules": [rule.as_json() for rule in self.sim.faults.rules]}

    async def set_faults(self, request: Request) -> JSONDict:
        """Replace the rules."""
        self.sim.faults.replace((await read_body(request)).get("rules", []))
        return await self.faults(request)

    async def clear_faults(self, request: Request) -> JSONDict:
        """Remove all rules."""
        self.sim.faults.replace([])
        return {"rules": []}

    async def tokens(self, request: Request) -> JSONDict:
        """Kill (40014) or age (42001) the tokens of an app or of all."""
        slug, verb = str((await read_body(request)).get("app", "")), request.path_params["verb"]
        if verb not in ("kill", "age"):
            raise ActionError("kill or age")
        tokens = self.sim.tokens
        return {"touched": tokens.kill(slug) if verb == "kill" else tokens.age(slug)}

    async def clock(self, request: Request) -> JSONDict:
        """Show simulated time."""
        clock = self.sim.world.clock
        return {"now": clock.now(), "offset_seconds": clock.offset}

    async def advance(self, request: Request) -> JSONDict:
        """Move simulated time and tell the hooks."""
        self.sim.advance(float((await read_body(request))["seconds"]))
        settle_due(self.sim)
        return {**await self.clock(request), "hooks": await tell_clock_hooks(self.sim)}

    async def freeze(self, request: Request) -> JSONDict:
        """Stand still at Unix time `at` (only `advance` moves on), or run again with null."""
        at = (await read_body(request)).get("at")
        self.sim.world.clock.frozen_at = None if at is None else float(at)
        return await self.clock(request)

    async def settings(self, request: Request) -> JSONDict:
        """Show all settings."""
        shown: JSONDict = encode(self.sim.world.settings)
        return {**shown, "latency": self.sim.latency, "rate_limits": self.sim.rate_limits}

    async def change_settings(self, request: Request) -> JSONDict:
        """Change some settings."""
        known = {field.name for field in fields(Settings)}
        for name, value in (await read_body(request)).items():
            if name == "latency" and value in LATENCIES:
                self.sim.latency = value
            elif name == "rate_limits":
                self.sim.rate_limits = bool(value)
            elif name in known:
                setattr(self.sim.world.settings, name, value)
            else:
                raise ActionError(f"no setting {name!r} with value {value!r}")
        return await self.settings(request)

    async def callbacks(self, request: Request) -> JSONDict:
        """Show counts and the last deliveries: `limit`, `state`, `plain=1` for the texts."""
        query, sender = request.query_params, self.sim.callbacks
        wanted = query.get("state", "")
        rows = [d for d in sender.log if not wanted or d.state == wanted]
        is_plain = query.get("plain") == "1"
        chosen = rows[-int(query.get("limit", 100)) :]
        return {
            "pending": sender.pending,
            "counts": dict(sender.counts),
            "deliveries": [delivery.as_json(plain=is_plain) for delivery in chosen],
        }

    async def callbacks_verb(self, request: Request) -> JSONDict:
        """Drain, pause, resume, or clear the log."""
        sender, verb = self.sim.callbacks, request.path_params["verb"]
        is_drained = True
        if verb == "drain":
            seconds = float((await read_body(request)).get("timeout_seconds", 60))
            is_drained = await sender.drain(seconds)
        elif verb == "pause":
            sender.paused = True
        elif verb == "resume":
            sender.resume()
        elif verb == "clear":
            sender.log.clear()
            sender.counts.clear()
        else:
            raise ActionError("drain, pause, resume or clear")
        return {"drained": is_drained, "pending": sender.pending, "counts": dict(sender.counts)}

    async def apps(self, request: Request) -> JSONDict:
        """List the apps."""
        return {"apps": [encode(app) for app in self.corp(request).apps.values()]}

    async def change_app(self, request: Request) -> JSONDict:
        """Change fields of an app, its callback URL or visible range for instance."""
        corp, slug = self.corp(request), request.path_params["slug"]
        app = corp.apps.get(slug)
        if app is None:
            raise ActionError(f"no app {slug!r}")
        for name, value in (await read_body(request)).items():
            if name in ("slug", "kind") or not hasattr(app, name):
                raise ActionError(f"field {name!r} cannot be changed")
            setattr(app, name, value)
        corp.reindex()
        data: JSONDict = encode(app)
        return data

    async def verify_app(self, request: Request) -> JSONDict:
        """Do the URL check of the console: GET with an encrypted echostr."""
        corp = self.corp(request)
        app = corp.apps.get(request.path_params["slug"])
        if app is None or not app.callback_url:
            raise ActionError("no such app, or it has no callback URL")
        echo, nonce = self.sim.world.mint_hex("echo")[:19], self.sim.world.mint_hex("nonce")[:10]
        encrypted = crypto.encrypt(app.aes_key, echo, corp.corp_id)
        timestamp = str(self.sim.world.clock.seconds())
        signed = crypto.signature(app.token, timestamp, nonce, encrypted)
        query = f"msg_signature={signed}&timestamp={timestamp}&nonce={nonce}"
        query += f"&echostr={quote(encrypted, safe='')}"
        lane, path = Lane(app.callback_url), urlsplit(app.callback_url).path or "/"
        try:
            async with asyncio.timeout(5):
                status, answer = await lane.request("GET", f"{path}?{query}")
        except (TimeoutError, *BROKEN) as error:
            return {"ok": False, "reason": type(error).__name__}
        finally:
            lane.close()
        is_fine = status == 200 and answer == echo.encode()
        return {"ok": is_fine, "status": status, "answer": answer.decode(errors="replace")[:200]}

    async def jssdk(self, request: Request) -> JSONDict:
        """Check a JS-SDK signature as the client would: 0 or 40093."""
        corp, body = self.corp(request), await read_body(request)
        app = self.sim.app_of(corp, int(body.get("agentid") or 0)) if body.get("agentid") else None
        ticket = self.sim.tokens.ticket(corp.corp_id, app.slug if app else "")
        words = (str(body.get("noncestr")), str(body.get("timestamp")), str(body.get("url")))
        is_right = crypto.js_signature(ticket, *words) == body.get("signature")
        return {"errcode": 0 if is_right else 40093}


async def tell_clock_hooks(sim: Simulator) -> list[JSONDict]:
    """Tell each hook URL the offset of simulated time; return what they answered."""
    body = json.dumps({"offset_seconds": sim.world.clock.offset}).encode()
    headers = {"Content-Type": "application/json", "X-Clock-Token": sim.config.clock_token}
    results: list[JSONDict] = []
    for url in sim.config.clock_hooks:
        lane, parts = Lane(url), urlsplit(url)
        try:
            async with asyncio.timeout(5):
                status, _ = await lane.request("POST", parts.path or "/", body, headers)
            results.append({"url": url, "status": status})
        except (TimeoutError, *BROKEN) as error:
            results.append({"url": url, "error": type(error).__name__})
        finally:
            lane.close()
    return results
