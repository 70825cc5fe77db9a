"""Tagging one customer (打标签): through the relation that is theirs, written at WeCom."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from customers.models import Customer, Follow, Identity, Tag, TagAssignment
from org.models import AuditRow, User
from org.services.audit import record_audit
from touches.errors import BadTagging
from touches.selectors.apps import senders_of
from touches.services.plan import plan_calls
from touches.services.retagging import tag_draft, write_local_tags

SOURCE = "console"


def tag_customer(
    *,
    customer: Customer,
    tag: Tag,
    is_added: bool,
    user: User,
    now: datetime,
    address: str | None = None,
) -> None:
    """Put a tag on a customer, or take it off (打标签); audited. One transaction.

    An enterprise tag goes on the longest friendship, and comes off every relation that carries it;
    our own copy follows when WeCom has taken it. A local one is written at once.

    Args:
        customer: Already accessed through `access_customer`.

    Raises:
        BadTagging: the tag is gone, nobody is friends with them, or no app can write it at WeCom.

    Source: wecom-api §7.2, externalcontact/mark_tag.
    """
    if tag.is_deleted:
        raise BadTagging(_("这个标签已被删除。"))
    with transaction.atomic():
        if tag.wecom_id:
            _plan_enterprise(customer, tag, is_added=is_added, user=user, now=now)
        else:
            _write_local(customer, tag, is_added=is_added, user=user, now=now)
        record_audit(
            actor=user,
            action=AuditRow.Action.CUSTOMERS_CHANGED,
            subject=f"customer:{customer.uid}",
            detail={"tag": tag.name, "is_added": is_added},
            now=now,
            address=address,
        )


def _plan_enterprise(
    customer: Customer, tag: Tag, *, is_added: bool, user: User, now: datetime
) -> None:
    sender = senders_of([tag.corp_id]).get(tag.corp_id)
    if sender is None:
        raise BadTagging(_("企业微信应用没有启用，写不了企业标签。"))
    friends = (
        Follow.objects.filter(
            identity__customer=customer,
            status=Follow.Status.FRIEND,
            staff__left_at=None,
            staff__corp_id=tag.corp_id,
        )
        .select_related("staff", "identity")
        .order_by("added_at", "id")
    )
    wanted = list(friends[:1] if is_added else friends.filter(tag_assignments__tag=tag))
    if not wanted:
        raise BadTagging(_("没有员工与这位客户是好友，企业标签写不上去。"))
    change = {tag.pk: tag.wecom_id or ""}
    plan_calls(
        [
            (
                f"tag:console:{user.pk}:{follow.pk}:{tag.pk}:{now.isoformat()}",
                tag_draft(
                    app_id=sender.app_id,
                    staff=follow.staff,
                    external_userid=follow.identity.value,
                    identity_id=follow.identity_id,
                    add=change if is_added else {},
                    remove={} if is_added else change,
                    source=SOURCE,
                    reason=str(user),
                ),
            )
            for follow in wanted
        ],
        now=now,
    )


def _write_local(
    customer: Customer, tag: Tag, *, is_added: bool, user: User, now: datetime
) -> None:
    identities = list(
        Identity.objects.filter(customer=customer).order_by("id").values_list("id", flat=True)
    )
    held = list(
        TagAssignment.objects.filter(identity_id__in=identities, tag=tag).values_list(
            "identity_id", flat=True
        )
    )
    write_local_tags(
        [
            {
                "identity_id": identity_id,
                "tag_id": tag.pk,
                "is_added": is_added,
                "source": SOURCE,
                "reason": str(user)[:200],
            }
            for identity_id in ([] if is_added and held else identities[:1] if is_added else held)
        ],
        now=now,
    )
