"""Connecting WeCom (连接企业微信): the corp, its apps with their secrets, tests, the checklist.

Secrets go in and never come out; who changed what is in the audit log without them.
"""

import re
import secrets
import string
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from org.errors import BadConnection
from org.models import AuditRow, ConnectionProbe, ConnectionTick, User
from org.services.audit import record_audit
from wecom import keys, tokens
from wecom.api.checks import check_app
from wecom.client import client_for
from wecom.crypto import decode_aes_key
from wecom.models import App, Corp, TokenLease
from wecom.models.corp import AppPurpose, MassQuota

TOKEN_CHARACTERS: Final = 32
AES_KEY_CHARACTERS: Final = 43
_CORP_ID: Final = re.compile(r"[A-Za-z0-9_-]{4,64}", re.ASCII)
_TOKEN: Final = re.compile(r"[A-Za-z0-9]{1,32}", re.ASCII)
_LETTERS: Final = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class AppSpec:
    """What somebody says of an app (应用设置); an empty secret or key stays as it is.

    Attributes:
        slug: Its part of the callback URL; kept for ever.
        purpose: One of `AppPurpose`; kept for ever.
    """

    slug: str
    purpose: str = AppPurpose.APP
    agent_id: int | None = None
    secret: str = ""
    callback_token: str = ""
    aes_key: str = ""
    is_enabled: bool = True


def connect_corp(
    *, corp_id: str, name: str, now: datetime, actor: User | None, address: str | None = None
) -> Corp:
    """Connect a company (连接企业).

    Raises:
        BadConnection: its id is none, or it is connected already.
    """
    if not _CORP_ID.fullmatch(corp_id):
        raise BadConnection(_("企业 ID 由字母和数字组成，通常以 ww 开头"))
    try:
        with transaction.atomic():
            corp = Corp.objects.create(corp_id=corp_id, name=name)
            _audit(f"corp:{corp_id}", "connected", {"name": name}, now, actor, address)
    except IntegrityError as error:
        raise BadConnection(_("这家企业已经连接过")) from error
    return corp


def connect_first(
    *,
    corp_id: str,
    name: str,
    app: AppSpec,
    now: datetime,
    actor: User | None,
    address: str | None = None,
) -> App:
    """Connect a company together with its first app (首次连接): both or neither.

    Raises:
        BadConnection: see `connect_corp` and `save_app`.
    """
    with transaction.atomic():
        corp = connect_corp(corp_id=corp_id, name=name, now=now, actor=actor, address=address)
        return save_app(corp, app, now=now, actor=actor, address=address)


def change_corp(
    corp: Corp,
    *,
    name: str,
    mass_quota: str,
    now: datetime,
    actor: User | None,
    address: str | None = None,
) -> Corp:
    """Change how a company is called and how many mass messages a customer may get (企业设置).

    Raises:
        BadConnection: there is no such quota.
    """
    if mass_quota not in MassQuota.values:
        raise BadConnection(_("没有这样的接收额度"))
    with transaction.atomic():
        corp.name, corp.mass_quota = name, mass_quota
        corp.save(update_fields=["name", "mass_quota"])
        detail = {"name": name, "mass_quota": mass_quota}
        _audit(f"corp:{corp.corp_id}", "changed", detail, now, actor, address)
    return corp


def save_app(
    corp: Corp,
    spec: AppSpec,
    *,
    now: datetime,
    actor: User | None,
    address: str | None = None,
    app: App | None = None,
) -> App:
    """Save an app (应用设置) with its secrets; a new one gets callback keys if none are given.

    A changed secret ends the tokens that came of the old one.

    Raises:
        BadConnection: a part of it cannot be; the message says which, for people.
    """
    _check(spec, is_new=app is None)
    values = _values(spec, app)
    secret_changed = bool(spec.secret)
    try:
        with transaction.atomic():
            if app is None:
                app = App.objects.create(corp=corp, slug=spec.slug, purpose=spec.purpose, **values)
            else:
                for name, value in values.items():
                    setattr(app, name, value)
                app.save(update_fields=list(values))
            if secret_changed:
                TokenLease.objects.filter(app=app).update(
                    value=None, expires_at=None, failed_until=None, failed_errcode=None
                )
            detail = {"app": app.slug, "secret_changed": secret_changed} | {
                "keys_changed": bool(spec.callback_token or spec.aes_key)
            }
            _audit(f"app:{corp.corp_id}:{app.slug}", "app_saved", detail, now, actor, address)
    except IntegrityError as error:
        raise BadConnection(_("这个网址名称已被另一个应用使用")) from error
    tokens.forget()
    keys.ring.forget()
    return app


def new_callback_keys() -> tuple[str, str]:
    """Return a Token and an EncodingAESKey as WeCom's console would make them.

    Source: wecom-api §25.1.
    """
    token = "".join(secrets.choice(_LETTERS) for _ in range(TOKEN_CHARACTERS))
    while True:
        key = "".join(secrets.choice(_LETTERS) for _ in range(AES_KEY_CHARACTERS))
        try:
            decode_aes_key(key)
        except ValueError:
            continue
        return token, key


def probe_app(app: App, *, now: datetime) -> list[ConnectionProbe]:
    """Ask WeCom whether an app works (测试连接), and keep what was found.

    Call it outside any transaction.
    """
    steps = check_app(client_for(app), purpose=app.purpose)
    probes = [
        ConnectionProbe(
            app=app,
            step=step.name,
            is_ok=step.is_ok,
            errcode=step.error.errcode if step.error else None,
            problem=str(step.error)[:300] if step.error else "",
            found_count=step.found_count,
            checked_at=now,
        )
        for step in steps
    ]
    with transaction.atomic():
        ConnectionProbe.objects.filter(app=app).delete()
        return ConnectionProbe.objects.bulk_create(probes)


def set_ticks(corp: Corp, items: Sequence[str], *, now: datetime, actor: User | None) -> None:
    """Keep exactly these points of the checklist ticked (勾选清单); who ticked first stays."""
    wanted = set(items)
    with transaction.atomic():
        ticks = ConnectionTick.objects.filter(corp=corp)
        ticks.exclude(item__in=wanted).delete()
        kept = set(ticks.values_list("item", flat=True))
        ConnectionTick.objects.bulk_create(
            [
                ConnectionTick(corp=corp, item=item, ticked_by=actor, ticked_at=now)
                for item in sorted(wanted - kept)
            ],
            ignore_conflicts=True,
        )


def _check(spec: AppSpec, *, is_new: bool) -> None:
    if is_new and not spec.secret:
        raise BadConnection(_("新应用需要 Secret"))
    if spec.purpose not in AppPurpose.values:
        raise BadConnection(_("没有这样的用途"))
    if spec.purpose == AppPurpose.APP and spec.agent_id is None:
        raise BadConnection(_("自建应用需要 AgentId"))
    if spec.callback_token and not _TOKEN.fullmatch(spec.callback_token):
        raise BadConnection(_("Token 是 1 到 32 个字母或数字"))
    if spec.aes_key:
        try:
            decode_aes_key(spec.aes_key)
        except ValueError as error:
            raise BadConnection(_("EncodingAESKey 是 43 个字母或数字")) from error


def _values(spec: AppSpec, app: App | None) -> dict[str, Any]:
    values: dict[str, Any] = {"agent_id": spec.agent_id, "is_enabled": spec.is_enabled}
    given = {
        "secret": spec.secret,
        "callback_token": spec.callback_token,
        "aes_key": spec.aes_key,
    }
    values |= {name: value for name, value in given.items() if value}
    if app is None:
        token, key = new_callback_keys()
        values = {"callback_token": token, "aes_key": key} | values
    return values


def _audit(
    subject: str,
    act: str,
    detail: dict[str, Any],
    now: datetime,
    actor: User | None,
    address: str | None,
) -> None:
    record_audit(
        actor=actor,
        action=AuditRow.Action.CONNECTION_CHANGED,
        subject=subject,
        detail={"act": act, **detail},
        now=now,
        address=address,
    )
