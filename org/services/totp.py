"""The second step of signing in (两步验证): authenticator codes and recovery codes.

`now` is real time everywhere here, as the clock of the authenticator is.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import pyotp
from django.db import transaction

from common.secrets import keyed_hash
from org.errors import CodeRefused, TotpSetAlready
from org.models import AuditRow, TotpDevice, User
from org.services.audit import record_audit

ISSUER: Final = "微域 SCRM"
STEP_SECONDS: Final = 30
# Clocks differ: the code before and the code after are good as well.
STEPS_AROUND: Final = (0, -1, 1)
WRONG_MOST: Final = 5
LOCKED_FOR: Final = timedelta(minutes=15)
OFFER_LIVES: Final = timedelta(minutes=30)
RECOVERY_CODES: Final = 10
RECOVERY_CHARACTERS: Final = 10
# Without what people mistake for one another.
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class TotpOffer:
    """What an authenticator is set up with: `uri` as a QR code, or `secret` typed in."""

    secret: str
    uri: str

    def __repr__(self) -> str:
        return "TotpOffer(…)"


def has_totp(user: User) -> bool:
    """Say whether the account is asked for a code."""
    return TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).exists()


def begin_totp(*, user: User, now: datetime) -> TotpOffer:
    """Offer a secret for a new authenticator (开始设置); the same one while the page is open.

    Raises:
        TotpSetAlready: there is one in use.
    """
    with transaction.atomic():
        device = TotpDevice.objects.select_for_update().filter(user=user).first()
        if device is not None and device.confirmed_at is not None:
            raise TotpSetAlready
        if device is None or device.created_at < now - OFFER_LIVES:
            device, _ = TotpDevice.objects.update_or_create(
                user=user, defaults={"secret": pyotp.random_base32(), "created_at": now}
            )
    uri = pyotp.TOTP(device.secret).provisioning_uri(name=user.username, issuer_name=ISSUER)
    return TotpOffer(secret=device.secret, uri=uri)


def confirm_totp(*, user: User, code: str, now: datetime, address: str) -> list[str]:
    """Take the authenticator into use with its first code (启用); returns the recovery codes.

    They are shown now and never again. One transaction.

    Raises:
        CodeRefused: the code does not fit the secret that was offered.
    """
    with transaction.atomic():
        device = TotpDevice.objects.select_for_update().filter(user=user, confirmed_at=None).first()
        step = _step_of(device, code, now) if device is not None else None
        if device is None or step is None:
            raise CodeRefused
        codes = _new_codes()
        device.confirmed_at, device.last_step = now, step
        device.failed_count, device.locked_until = 0, None
        device.recovery_digests = [_digest(each) for each in codes]
        device.save()
        _note(user, actor=user, what="set", now=now, address=address)
    return codes


def check_totp(*, user: User, code: str, now: datetime, address: str) -> None:
    """Accept a code of the authenticator, or a recovery code, once each (校验).

    The account's row is locked while it is looked at, so one code opens one session.

    Raises:
        CodeRefused: wrong, used before, or locked after too many wrong ones.
    """
    with transaction.atomic():
        device = TotpDevice.objects.select_for_update().get(user=user, confirmed_at__isnull=False)
        if device.locked_until is not None and device.locked_until > now:
            raise CodeRefused(is_locked=True)
        is_good = _accept(device, code, now=now, address=address)
        device.save()
    if not is_good:
        raise CodeRefused(is_locked=device.locked_until is not None)


def renew_recovery_codes(*, user: User, now: datetime, address: str) -> list[str]:
    """Replace the recovery codes (重新生成恢复码); the old ones are worth nothing any more."""
    codes = _new_codes()
    with transaction.atomic():
        TotpDevice.objects.filter(user=user, confirmed_at__isnull=False).update(
            recovery_digests=[_digest(code) for code in codes]
        )
        _note(user, actor=user, what="recovery_renewed", now=now, address=address)
    return codes


def remove_totp(*, user: User, actor: User, now: datetime, address: str) -> None:
    """Take the authenticator away (停用两步验证): by its owner, or by an admin for a lost phone."""
    with transaction.atomic():
        removed, _ = TotpDevice.objects.filter(user=user).delete()
        if removed:
            _note(user, actor=actor, what="removed", now=now, address=address)


def _accept(device: TotpDevice, code: str, *, now: datetime, address: str) -> bool:
    """Use the code up, or count it as wrong."""
    step = _step_of(device, code, now)
    recovery = _digest(code)
    if step is not None:
        device.last_step = step
    elif recovery in device.recovery_digests:
        device.recovery_digests = [each for each in device.recovery_digests if each != recovery]
        _note(device.user, actor=device.user, what="recovery_used", now=now, address=address)
    else:
        device.failed_count += 1
        is_last = device.failed_count >= WRONG_MOST
        device.locked_until = now + LOCKED_FOR if is_last else None
        device.failed_count = 0 if is_last else device.failed_count
        return False
    device.failed_count, device.locked_until = 0, None
    return True


def _step_of(device: TotpDevice, code: str, now: datetime) -> int | None:
    """Return the half minute that the code belongs to, if it was not used yet."""
    typed = "".join(code.split())
    present = int(now.timestamp()) // STEP_SECONDS
    maker = pyotp.TOTP(device.secret)
    for around in STEPS_AROUND:
        step = present + around
        is_code = hmac.compare_digest(
            maker.generate_otp(step).encode(), typed.encode(errors="replace")
        )
        if is_code and step > device.last_step:
            return step
    return None


def _new_codes() -> list[str]:
    made = [
        "".join(secrets.choice(_ALPHABET) for _ in range(RECOVERY_CHARACTERS))
        for _ in range(RECOVERY_CODES)
    ]
    return [f"{code[:5]}-{code[5:]}" for code in made]


def _digest(code: str) -> str:
    plain = "".join(character for character in code.upper() if character.isalnum())
    return keyed_hash(plain, purpose="recovery")


def _note(user: User, *, actor: User, what: str, now: datetime, address: str) -> None:
    record_audit(
        actor=actor,
        action=AuditRow.Action.TOTP_CHANGED,
        subject=f"user:{user.pk}",
        detail={"what": what},
        now=now,
        address=address,
    )
