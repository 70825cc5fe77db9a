"""Finding and making the customers behind identifiers (身份识别)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from common import sql

_FIND = (
    "SELECT value, id, customer_id FROM customers_identity WHERE namespace = %s AND value = ANY(%s)"
)

# The identity is inserted first: its foreign key is checked at commit, and a value that another
# transaction has just made is simply left out here, together with its would-be customer.
_MAKE = """
WITH missing AS (
    SELECT value, nextval(pg_get_serial_sequence('customers_customer', 'id')) AS customer_id
      FROM unnest(%(values)s::text[]) AS value
), made AS (
    INSERT INTO customers_identity (namespace, value, customer_id, source, created_at)
    SELECT %(namespace)s, value, customer_id, %(source)s, %(now)s FROM missing ORDER BY value
    ON CONFLICT (namespace, value) DO NOTHING
    RETURNING value, id, customer_id
), people AS (
    INSERT INTO customers_customer (id, uid, kind, name, avatar, gender, company_name, created_at)
    SELECT customer_id, uuidv7(), 0, '', '', 0, '', %(now)s FROM made
), profiles AS (
    INSERT INTO customers_profile (customer_id) SELECT customer_id FROM made
)
SELECT value, id, customer_id FROM made
"""


@dataclass(frozen=True, slots=True)
class Resolved:
    """An identity and the customer it belongs to now."""

    identity_id: int
    customer_id: int


def wecom_namespace(corp_id: str) -> str:
    """Return the namespace of a corp's external_userids."""
    return f"wecom:{corp_id}"


def find_identities(*, namespace: str, values: Iterable[str]) -> dict[str, Resolved]:
    """Return the known ones among these values."""
    rows = sql.fetch_all(_FIND, [namespace, sorted(set(values))])
    return {value: Resolved(identity_id, customer_id) for value, identity_id, customer_id in rows}


def resolve_identities(
    *, namespace: str, values: Iterable[str], source: str, now: datetime
) -> dict[str, Resolved]:
    """Return every value's identity and customer (统一客户 ID); the unknown ones are made.

    One transaction (the caller's, or its own). Safe against others making the same values.

    Args:
        values: Identifiers as their origin spells them; empty ones are left out.
        source: Where the identity was first seen: `callback`, `sync`, `link`, `import` ….
    """
    wanted = sorted({value for value in values if value})
    with transaction.atomic():
        found = find_identities(namespace=namespace, values=wanted)
        missing = [value for value in wanted if value not in found]
        if missing:
            made = sql.fetch_all(
                _MAKE,
                {"values": missing, "namespace": namespace, "source": source, "now": now},
            )
            found |= {value: Resolved(identity, customer) for value, identity, customer in made}
            lost = [value for value in missing if value not in found]
            if lost:
                found |= find_identities(namespace=namespace, values=lost)
    return found
