"""Events as other systems tell them: every field is named here."""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Final, get_type_hints

from rest_framework import serializers

from customers.events import Payload
from customers.identifiers import MAX_REALM_CHARACTERS, MAX_VALUE_CHARACTERS, Identifier, Kind
from customers.services.telling import (
    MAX_EVENTS,
    MAX_KEY_CHARACTERS,
    TOLD_TYPES,
    Fate,
    Outcome,
    Told,
)
from scrm.api.v1.fields import FlagField, LineField, StorableDictField

JSON_TYPES: Final = {int: "integer", str: "string", bool: "boolean"}


class IdentifierSerializer(serializers.Serializer[Any]):
    """What a customer is called: `value` is unique within `realm`, where the kind has one."""

    kind = serializers.ChoiceField(
        choices=Kind.choices,
        help_text="customer: our uid; external_userid: realm is the corp id, which may be left out "
        "where there is one; unionid; openid: realm is the app id; phone; buyer: realm is the "
        "shop; member: realm is the programme, if any.",
    )
    value = LineField(max_length=MAX_VALUE_CHARACTERS)
    realm = LineField(max_length=MAX_REALM_CHARACTERS, default="", allow_blank=True)


def identifier_of(values: Mapping[str, str]) -> Identifier:
    """Return the identifier that a checked body names."""
    return Identifier(Kind(values["kind"]), values["value"], values["realm"])


class ToldEventSerializer(serializers.Serializer[Any]):
    """One event to be recorded."""

    key = LineField(
        max_length=MAX_KEY_CHARACTERS,
        help_text="Yours, unique for ever: told again with the same key it is the same event.",
    )
    type = serializers.ChoiceField(choices=[(one.type, one.type) for one in TOLD_TYPES])
    identity = IdentifierSerializer(help_text="Whom it happened to.")
    payload = StorableDictField(help_text="Fields of the type, see `/events/types/`; no others.")
    occurred_at = serializers.DateTimeField(
        required=False, help_text="With an offset; now, where it is left out."
    )
    staff = LineField(
        max_length=64, default="", allow_blank=True, help_text="Userid of the member concerned."
    )


def told_of(values: Mapping[str, Any]) -> Told:
    """Return the event that a checked body tells."""
    return Told(
        key=values["key"],
        type=values["type"],
        who=identifier_of(values["identity"]),
        payload=values["payload"],
        occurred_at=values.get("occurred_at"),
        staff=values["staff"],
    )


class ToldOneSerializer(ToldEventSerializer):
    """One event to be recorded, and what to do about a stranger."""

    create_customer = FlagField(
        default=False,
        help_text="Make a customer of a stranger: by openid, phone, buyer or member, for callers "
        "who see the whole company.",
    )


class ToldBatchSerializer(serializers.Serializer[Any]):
    """Up to 1,000 events, each taken or refused by itself."""

    events = serializers.ListField(child=ToldEventSerializer(), min_length=1, max_length=MAX_EVENTS)
    create_customers = FlagField(default=False)


class BatchShapeSerializer(serializers.Serializer[Any]):
    """A batch whose events are looked at one by one."""

    events = serializers.ListField(
        child=serializers.JSONField(), min_length=1, max_length=MAX_EVENTS
    )
    create_customers = FlagField(default=False)


class OutcomeSerializer(serializers.Serializer[Outcome]):
    """What became of one event."""

    key = serializers.CharField()
    fate = serializers.ChoiceField(
        choices=Fate.choices,
        help_text="recorded; duplicate: it was there; conflict: the key names another event; "
        "refused: see reason.",
    )
    reason = serializers.CharField()
    event = serializers.IntegerField(source="event_id", allow_null=True)
    customer = serializers.CharField(
        source="customer_uid", help_text="Uid of the customer; empty where nothing is recorded."
    )


class OutcomesSerializer(serializers.Serializer[Any]):
    """What became of each event, in the order in which they were told."""

    recorded = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    conflict = serializers.IntegerField()
    refused = serializers.IntegerField()
    results = OutcomeSerializer(many=True)


class TypeFieldSerializer(serializers.Serializer[Any]):
    """One field of a payload."""

    name = serializers.CharField()
    json_type = serializers.ChoiceField(choices=sorted(JSON_TYPES.values()))
    is_required = serializers.BooleanField()


class EventTypeSerializer(serializers.Serializer[Any]):
    """A type of event, and what its payload holds."""

    type = serializers.CharField()
    is_told = serializers.BooleanField(help_text="Other systems may record it here.")
    payload = TypeFieldSerializer(many=True)


def type_of(event_type: type[Payload]) -> dict[str, Any]:
    """Describe a type of event."""
    hints = get_type_hints(event_type)
    return {
        "type": event_type.type,
        "is_told": event_type in TOLD_TYPES,
        "payload": [
            {
                "name": one.name,
                "json_type": JSON_TYPES[hints[one.name]],
                "is_required": one.default is MISSING,
            }
            for one in fields(event_type)
        ],
    }
