"""Touches and calls as the open API shows them: every field is named here."""

from typing import Any

from rest_framework import serializers

from scrm.api.v1.fields import LineField
from scrm.api.v1.serializers import StaffSerializer
from touches.models import Dispatch, MassTask, Touch
from touches.selectors.stories import (
    CallStory,
    Effect,
    MassStory,
    Place,
    TouchStory,
    Winner,
)
from touches.services.deciding import Decision


class OriginSerializer(serializers.Serializer[Any]):
    """What planned a touch; a journey's run has kind `journey` and its number as `id`."""

    kind = serializers.CharField(source="origin_kind")
    id = serializers.CharField(source="origin_id")
    step = serializers.CharField(source="origin_step")


class TouchSerializer(serializers.Serializer[Touch]):
    """One message to one customer, or one task about them."""

    uid = serializers.UUIDField()
    customer = serializers.UUIDField(source="identity.customer.uid")
    staff = StaffSerializer()
    lane = serializers.ChoiceField(choices=Touch.Lane.choices)
    purpose = serializers.ChoiceField(choices=Touch.Purpose.choices)
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=Touch.State.choices)
    reason = serializers.CharField(help_text="Why it stands as it does, for people.")
    winner = serializers.UUIDField(
        source="winner.uid",
        default=None,
        allow_null=True,
        help_text="The touch that took its place.",
    )
    priority = serializers.IntegerField()
    due_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    rolled_count = serializers.IntegerField(help_text="How often it was put off by a day.")
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    origin = OriginSerializer(source="*")
    occurrence = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class EffectSerializer(serializers.Serializer[Effect]):
    """One state change; `is_call` where it is the call's, else the touch's own."""

    at = serializers.DateTimeField()
    is_call = serializers.BooleanField()
    from_state = serializers.CharField()
    to_state = serializers.CharField()
    to_label = serializers.CharField()
    actor = serializers.CharField()
    token = serializers.IntegerField()
    detail = serializers.CharField()


class CallSerializer(serializers.Serializer[CallStory]):
    """The call to WeCom that carries a touch."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Dispatch.Kind.choices)
    kind_label = serializers.CharField()
    state = serializers.ChoiceField(choices=Dispatch.State.choices)
    state_label = serializers.CharField()
    attempts = serializers.IntegerField()
    ambiguous_rounds = serializers.IntegerField(help_text="Tries that may have been executed.")
    available_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField(allow_null=True)
    first_sent_at = serializers.DateTimeField(allow_null=True)
    done_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    wecom_ref = serializers.CharField()


class MassTaskSerializer(serializers.Serializer[MassStory]):
    """The task at WeCom that waits for a member's tap."""

    state = serializers.ChoiceField(choices=MassTask.State.choices)
    state_label = serializers.CharField()
    msgid = serializers.CharField()
    created_at = serializers.DateTimeField()
    valid_until = serializers.DateTimeField()
    confirmed_at = serializers.DateTimeField(allow_null=True)
    final_at = serializers.DateTimeField(allow_null=True)
    reminded_count = serializers.IntegerField()
    last_error = serializers.CharField()


class PlaceSerializer(serializers.Serializer[Place]):
    """The place in the customer's budget."""

    counted_on = serializers.DateField()
    state = serializers.CharField()
    state_label = serializers.CharField()


class WinnerSerializer(serializers.Serializer[Winner]):
    """The touch that took the place of a suppressed one."""

    uid = serializers.UUIDField()
    lane = serializers.ChoiceField(choices=Touch.Lane.choices)
    purpose = serializers.ChoiceField(choices=Touch.Purpose.choices)
    title = serializers.CharField()
    state = serializers.ChoiceField(choices=Touch.State.choices)
    state_label = serializers.CharField()
    due_at = serializers.DateTimeField()
    origin_kind = serializers.CharField()
    origin_id = serializers.CharField()


class TouchStorySerializer(serializers.Serializer[TouchStory]):
    """A touch with its call, its task at WeCom, its place and every state change."""

    touch = TouchSerializer()
    content = serializers.DictField(source="touch.content")
    call = CallSerializer(allow_null=True)
    mass_task = MassTaskSerializer(allow_null=True)
    places = PlaceSerializer(many=True)
    winner = WinnerSerializer(allow_null=True)
    effects = EffectSerializer(many=True)


class DispatchSerializer(serializers.Serializer[Dispatch]):
    """One call to WeCom that needs a person; its body is not shown."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Dispatch.Kind.choices)
    state = serializers.ChoiceField(choices=Dispatch.State.choices)
    attempts = serializers.IntegerField()
    ambiguous_rounds = serializers.IntegerField(help_text="Tries that may have been executed.")
    available_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField(allow_null=True)
    first_sent_at = serializers.DateTimeField(allow_null=True)
    last_error = serializers.CharField()
    wecom_ref = serializers.CharField()
    created_at = serializers.DateTimeField()


class DecisionSerializer(serializers.Serializer[Any]):
    """What a person found out about a call of unknown fate, or decided."""

    verdict = serializers.ChoiceField(
        choices=[(one.value, one.value) for one in Decision],
        help_text="sent: it was; not_sent: it was not and is sent afresh; give_up: leave it.",
    )
    wecom_ref = LineField(
        max_length=128,
        default="",
        allow_blank=True,
        help_text="WeCom's number of the mass message, where it is known.",
    )
