"""Finding one customer by what somebody typed (查找客户): for the command line, which sees all."""

from uuid import UUID

from customers.errors import AmbiguousCustomer, UnknownCustomer
from customers.models import Customer, Identity
from customers.selectors.customers import living_customer_id

WECOM: str = "wecom:"
MAX_SHOWN: int = 5


def find_customer(text: str) -> Customer:
    """Return the customer of a uid, an external_userid, or else of a remark or name.

    The uid of a customer that was merged away finds the survivor.

    Raises:
        UnknownCustomer: nobody is called that.
        AmbiguousCustomer: several people are; the message names their uids.
    """
    found = _by_number(text) or _by_words(text)
    if not found:
        raise UnknownCustomer(text)
    if len(found) > 1:
        uids = "、".join(str(customer.uid) for customer in found[:MAX_SHOWN])
        raise AmbiguousCustomer(f"叫“{text}”的客户不止一位：{uids}")
    return found[0]


def _by_number(text: str) -> list[Customer]:
    try:
        customer_id = living_customer_id(UUID(text))
    except ValueError:
        owners = Identity.objects.filter(value=text, namespace__startswith=WECOM)
        return list(Customer.objects.filter(id__in=owners.values("customer_id")))
    return list(Customer.objects.filter(id=customer_id))


def _by_words(text: str) -> list[Customer]:
    living = Customer.objects.filter(merged_into=None)
    named = living.filter(name=text)
    remarked = living.filter(identities__follows__remark=text)
    return list(named.union(remarked)[: MAX_SHOWN + 1])
