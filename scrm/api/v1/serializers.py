"""What the open API shows: every field is named here, none comes by itself."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.models import Customer, Event, Follow, Profile, TagAssignment


class StaffSerializer(serializers.Serializer[Any]):
    """A member of the company."""

    userid = serializers.CharField()
    name = serializers.CharField()


class FollowSerializer(serializers.Serializer[Follow]):
    """A relation between a staff member and the customer."""

    staff = StaffSerializer()
    status = serializers.ChoiceField(choices=Follow.Status.choices)
    added_at = serializers.DateTimeField(allow_null=True)
    add_way = serializers.IntegerField()
    state = serializers.CharField(help_text="Parameter of the channel code.")


class TagSerializer(serializers.Serializer[TagAssignment]):
    """A tag the customer carries."""

    id = serializers.IntegerField(source="tag_id")
    name = serializers.CharField(source="tag.name")
    group = serializers.CharField(source="tag.group.name")
    source = serializers.CharField()  # type: ignore[assignment] # a field of that name
    assigned_at = serializers.DateTimeField()


class CountersSerializer(serializers.Serializer[Profile]):
    """What the customer did, counted."""

    events = serializers.IntegerField(source="event_count")
    opens = serializers.IntegerField(source="open_count")
    completions = serializers.IntegerField(source="complete_count")
    read_seconds = serializers.IntegerField()
    messages = serializers.IntegerField(source="message_count")
    orders = serializers.IntegerField(source="order_count")
    order_amount_fen = serializers.IntegerField()
    groups = serializers.IntegerField(source="group_count")


class CustomerSerializer(serializers.Serializer[Customer]):
    """A person behind one or more identities."""

    uid = serializers.UUIDField()
    name = serializers.CharField()
    avatar = serializers.CharField()
    company_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    relation = serializers.ChoiceField(choices=Profile.Relation.choices, source="profile.relation")
    stage = serializers.ChoiceField(choices=Profile.Stage.choices, source="profile.stage")
    purchase = serializers.ChoiceField(choices=Profile.Purchase.choices, source="profile.purchase")
    first_added_at = serializers.DateTimeField(allow_null=True, source="profile.first_added_at")
    last_active_at = serializers.DateTimeField(allow_null=True, source="profile.last_active_at")
    counters = CountersSerializer(source="profile")
    follows = serializers.SerializerMethodField()
    tags = serializers.SerializerMethodField()

    @extend_schema_field(FollowSerializer(many=True))
    def get_follows(self, customer: Customer) -> Any:
        """Return the relations of all identities."""
        follows = [
            follow for identity in customer.identities.all() for follow in identity.follows.all()
        ]
        return _list_of(FollowSerializer(), follows)

    @extend_schema_field(TagSerializer(many=True))
    def get_tags(self, customer: Customer) -> Any:
        """Return each tag once, however many staff members gave it."""
        tags: dict[int, TagAssignment] = {}
        for identity in customer.identities.all():
            for assignment in identity.tag_assignments.all():
                tags.setdefault(assignment.tag_id, assignment)
        return _list_of(TagSerializer(), list(tags.values()))


class EventSerializer(serializers.Serializer[Event]):
    """One thing that happened to a customer."""

    id = serializers.IntegerField()
    type = serializers.CharField()
    customer = serializers.UUIDField(
        source="identity.customer.uid", help_text="Who the event belongs to now."
    )
    staff = StaffSerializer(allow_null=True)
    source = serializers.CharField()  # type: ignore[assignment] # a field of that name
    occurred_at = serializers.DateTimeField()
    recorded_at = serializers.DateTimeField()
    payload = serializers.DictField(help_text="Fields of this type of event.")


class EventFeedSerializer(serializers.Serializer[Any]):
    """A stretch of the ledger in the order of recording."""

    results = EventSerializer(many=True)
    next_after = serializers.IntegerField(
        help_text="Ask again with this as `after`; unchanged when there was nothing new."
    )


def _list_of(child: serializers.Serializer[Any], rows: list[Any]) -> Any:
    return serializers.ListSerializer(child=child).to_representation(rows)
