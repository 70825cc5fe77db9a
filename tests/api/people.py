"""Customers with relations and tags, as lists show them."""

from datetime import timedelta

from customers.models import Customer, Follow, Identity, Profile, Tag, TagAssignment, TagGroup
from customers.services.identities import Resolved
from org.models import Staff
from tests.makers import NOW, make_corp, make_person

# Queries that `call` and `send` make before they ask: the token, and its row in the audit log.
ISSUING = 4


def make_named(name: str, *, stage: str = "potential", relation: str = "friend") -> Customer:
    """Make a customer with a name and a stage."""
    person = make_person()
    Customer.objects.filter(pk=person.customer_id).update(name=name)
    Profile.objects.filter(pk=person.customer_id).update(stage=stage, relation=relation)
    return Customer.objects.get(pk=person.customer_id)


def identity_of(customer: Customer) -> Identity:
    """The customer's only identity."""
    return Identity.objects.get(customer=customer)


def resolved(customer: Customer) -> Resolved:
    """The customer as the ledger's makers want them."""
    return Resolved(identity_id=identity_of(customer).pk, customer_id=customer.pk)


def follow(staff: Staff, customer: Customer, status: str = "friend") -> Follow:
    """Make them friends, or what is left of it."""
    return Follow.objects.create(
        staff=staff,
        identity=identity_of(customer),
        status=status,
        added_at=NOW - timedelta(days=1),
        state="chan1",
        add_way=1,
    )


def tag(customer: Customer, name: str) -> Tag:
    """Put a tag on a customer."""
    group, _ = TagGroup.objects.get_or_create(corp=make_corp(), name="需求")
    made, _ = Tag.objects.get_or_create(corp=make_corp(), group=group, name=name)
    TagAssignment.objects.create(
        identity=identity_of(customer), tag=made, source="test", assigned_at=NOW
    )
    return made
