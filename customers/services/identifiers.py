"""Registering what others call our customers (登记身份标识)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from django.db import transaction

from customers.errors import BadIdentifier, IdentifierTaken
from customers.identifiers import PHONE, TOLD_BY_WECOM, Identifier, Kind, plain_phone
from customers.models import Customer, Identity, IdentityEdge
from customers.selectors.identified import Found
from customers.services.identities import resolve_identities
from customers.services.ledger import lock_customers_of
from customers.services.merges import merge_along

RULE: Final = "told_by_api"


def make_identified(
    identifiers: Iterable[Identifier], *, source: str, now: datetime
) -> Mapping[Identifier, Found]:
    """Return whom each identifier names, the unknown ones made; in the caller's transaction.

    Says nothing of scope: only for those who see the whole company.

    Raises:
        BadIdentifier: one of them cannot be of its kind.
    """
    wanted = set(identifiers)
    places = {one: one.place() for one in wanted}
    by_namespace: dict[str, set[str]] = {}
    for namespace, value in places.values():
        by_namespace.setdefault(namespace, set()).add(value)
    found = {
        (namespace, value): Found(resolved.identity_id, resolved.customer_id)
        for namespace, values in by_namespace.items()
        for value, resolved in resolve_identities(
            namespace=namespace, values=values, source=source, now=now
        ).items()
    }
    made = {one: found[places[one]] for one in wanted}
    _keep_phones(made)
    return made


def register_identifier(
    identifier: Identifier, *, customer: Customer, source: str, now: datetime
) -> bool:
    """Register what others call a customer (登记身份标识); false when it was known already.

    Who has been known by this identifier alone, from events that came before, is the same person:
    the two are merged, and the older one's uid stands for both.

    Two transactions: the identifier and its edge, then the merge. Repeating it is safe.

    Args:
        identifier: One that WeCom does not tell itself.
        customer: Already accessed through `access_customer`.
        source: Where it was told.
        now: Business time.

    Raises:
        BadIdentifier: it cannot be of its kind, or is one that WeCom tells.
        IdentifierTaken: another customer of WeCom's has it, or the two were once told apart.
    """
    if identifier.kind == Kind.CUSTOMER or identifier.kind in TOLD_BY_WECOM:
        raise BadIdentifier(f"An identifier of kind {identifier.kind} cannot be registered.")
    namespace, value = identifier.place()
    with transaction.atomic():
        anchor = _anchor(customer)
        known = Identity.objects.filter(namespace=namespace, value=value).first()
        if known is None:
            lock_customers_of([anchor.pk])
            anchor.refresh_from_db(fields=["customer"])
            known, is_new = Identity.objects.get_or_create(
                namespace=namespace,
                value=value,
                defaults={
                    "customer_id": anchor.customer_id,
                    "source": source,
                    "created_at": now,
                    "sealed_value": plain_phone(identifier.value) if namespace == PHONE else None,
                },
            )
            if is_new:
                return True
        if known.customer_id == anchor.customer_id:
            return False
        edge = _edge(anchor, known, source=source, now=now)
    merge_along(edge, now=now)
    return True


def _anchor(customer: Customer) -> Identity:
    """Return the identity that says most of a customer: WeCom's, the oldest."""
    identities = customer.identities.order_by("id")
    return identities.filter(namespace__startswith="wecom:").first() or identities[0]


def _edge(anchor: Identity, known: Identity, *, source: str, now: datetime) -> IdentityEdge:
    """Return the edge along which the two are merged.

    Raises:
        IdentifierTaken: the other one is a customer of WeCom's, or the edge is forbidden.
    """
    if Identity.objects.filter(
        customer_id=known.customer_id, namespace__startswith="wecom:"
    ).exists():
        raise IdentifierTaken("Another customer has this identifier.")
    low, high = sorted((anchor.pk, known.pk))
    edge, _ = IdentityEdge.objects.get_or_create(
        low_id=low,
        high_id=high,
        defaults={"rule": RULE, "source": source, "created_at": now},
    )
    if edge.state != IdentityEdge.State.ACTIVE:
        raise IdentifierTaken("This identifier was once taken from the customer by a person.")
    return edge


def _keep_phones(made: Mapping[Identifier, Found]) -> None:
    """Keep the numbers themselves, sealed, beside the hashes that find them."""
    phones = {
        found.identity_id: plain_phone(one.value)
        for one, found in made.items()
        if one.kind == Kind.PHONE
    }
    rows = Identity.objects.filter(pk__in=phones, sealed_value=None)
    for identity in rows:
        identity.sealed_value = phones[identity.pk]
    Identity.objects.bulk_update(rows, ["sealed_value"])
