"""Explanations as the open API and the command line show them: every field is named here."""

from typing import Any

from rest_framework import serializers

from scrm.api.v1.touch_serializers import TouchStorySerializer
from sop.models import Journey, JourneyRun
from sop.selectors import explanation as told


class EventRefSerializer(serializers.Serializer[told.EventRef]):
    """An event of the customer's ledger."""

    id = serializers.IntegerField()
    type = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field of that name
    occurred_at = serializers.DateTimeField()
    source = serializers.CharField()  # type: ignore[assignment] # a field of that name


class EntryTestSerializer(serializers.Serializer[told.EntryTest]):
    """One occasion on which the customer might have entered."""

    event = EventRefSerializer(allow_null=True)
    tested_at = serializers.DateTimeField(
        allow_null=True, help_text="Null where the journey never looked at the event."
    )
    is_in = serializers.BooleanField()
    reason = serializers.CharField()
    run_id = serializers.IntegerField(allow_null=True)


class FindingSerializer(serializers.Serializer[Any]):
    """One part of a condition; parts inside follow it, one deeper."""

    depth = serializers.IntegerField()
    text = serializers.CharField()
    is_met = serializers.BooleanField()
    actual = serializers.CharField()


class ConditionNowSerializer(serializers.Serializer[told.ConditionNow]):
    """A condition on the values of now: history of facts is not stored."""

    label = serializers.CharField()  # type: ignore[assignment] # a field of that name
    is_met = serializers.BooleanField()
    findings = FindingSerializer(many=True)


class EntryNowSerializer(serializers.Serializer[told.EntryNow]):
    """Whether the customer would come in now."""

    is_possible = serializers.BooleanField()
    reason = serializers.CharField()
    triggers = ConditionNowSerializer(many=True)
    condition = ConditionNowSerializer(allow_null=True)
    reentry = serializers.CharField()
    scan = serializers.CharField()


class PassedStepSerializer(serializers.Serializer[told.PassedStep]):
    """A step that the run passed, or began to wait at."""

    step = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    outcome = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field of that name
    detail = serializers.CharField(help_text="What decided it, with the values of that time.")
    now = ConditionNowSerializer(many=True)


class LegSerializer(serializers.Serializer[told.Leg]):
    """One row of the step log."""

    at = serializers.DateTimeField()
    kind = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment] # a field of that name
    reason = serializers.CharField()
    event = EventRefSerializer(allow_null=True)
    steps = PassedStepSerializer(many=True)


class StandingSerializer(serializers.Serializer[told.Standing]):
    """Where an open run stands and what it waits for."""

    step = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    waits_for = serializers.CharField()
    until = serializers.DateTimeField(allow_null=True)
    now = ConditionNowSerializer(many=True)


class GoalStateSerializer(serializers.Serializer[told.GoalState]):
    """One goal of the journey."""

    name = serializers.CharField()
    event = serializers.CharField()
    until = serializers.DateTimeField()
    is_open = serializers.BooleanField()
    reached_at = serializers.DateTimeField(allow_null=True)


class ArmGivenSerializer(serializers.Serializer[told.ArmGiven]):
    """An arm that the customer was given, for ever."""

    place = serializers.CharField()
    title = serializers.CharField()
    arm = serializers.CharField()
    assigned_at = serializers.DateTimeField()


class ExposedSerializer(serializers.Serializer[told.Exposed]):
    """That the run came to a contact, treated or control."""

    step = serializers.CharField()
    title = serializers.CharField()
    arm = serializers.CharField()
    exposed_at = serializers.DateTimeField()


class TouchToldSerializer(serializers.Serializer[told.TouchTold]):
    """One touch of the run with everything that came of it."""

    step = serializers.CharField()
    title = serializers.CharField()
    story = TouchStorySerializer()
    winner_journey = serializers.CharField()


class RunStorySerializer(serializers.Serializer[told.RunStory]):
    """One way through the journey from the entry to the end."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    is_current_version = serializers.BooleanField()
    state = serializers.ChoiceField(choices=JourneyRun.State.choices)
    state_label = serializers.CharField()
    reason = serializers.CharField()
    is_control = serializers.BooleanField()
    entered_at = serializers.DateTimeField()
    entered_by = EventRefSerializer(allow_null=True)
    entry_key = serializers.CharField()
    staff = serializers.CharField()
    priority = serializers.IntegerField()
    attempts = serializers.IntegerField()
    ended_at = serializers.DateTimeField(allow_null=True)
    standing = StandingSerializer(allow_null=True)
    legs = LegSerializer(many=True)
    goals = GoalStateSerializer(many=True)
    exposures = ExposedSerializer(many=True)
    touches = TouchToldSerializer(many=True)


class ExplanationSerializer(serializers.Serializer[told.Explanation]):
    """Why or why not: one customer in one journey."""

    customer = serializers.UUIDField()
    customer_name = serializers.CharField()
    journey = serializers.UUIDField()
    code = serializers.CharField()
    journey_name = serializers.CharField()
    journey_state = serializers.ChoiceField(choices=Journey.State.choices)
    journey_state_label = serializers.CharField()
    version = serializers.IntegerField(allow_null=True)
    asked_at = serializers.DateTimeField()
    answer = serializers.CharField()
    entry_tests = EntryTestSerializer(many=True)
    entry_now = EntryNowSerializer(allow_null=True)
    arms = ArmGivenSerializer(many=True)
    runs = RunStorySerializer(many=True)
    is_cut = serializers.BooleanField(help_text="There is more history than is shown.")
