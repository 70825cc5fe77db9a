"""Journeys and runs as the open API shows them: every field is named here."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from scrm.api.v1.fields import LineField, StorableDictField
from scrm.api.v1.serializers import StaffSerializer
from sop.models import Journey, JourneyRun, JourneyVersion, StepLog
from sop.selectors.journeys import StepCount
from sop.services.publishing import problems_of


class JourneySerializer(serializers.Serializer[Journey]):
    """A journey in the list."""

    uid = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()
    subject_kind = serializers.ChoiceField(choices=Journey.Subject.choices)
    state = serializers.ChoiceField(choices=Journey.State.choices)
    version = serializers.IntegerField(
        source="current.number",
        default=None,
        allow_null=True,
        help_text="The version that lets customers in.",
    )
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()


class JourneyInListSerializer(JourneySerializer):
    """A journey with how many runs in the caller's scope are active."""

    active_runs = serializers.SerializerMethodField()

    def get_active_runs(self, journey: Journey) -> int:
        """Return the count that the view read for the whole page."""
        counts: dict[int, int] = self.context["active_runs"]
        return counts.get(journey.pk, 0)


class JourneyDetailSerializer(JourneySerializer):
    """A journey with its draft and what keeps that from being published."""

    draft = serializers.DictField()
    problems = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_problems(self, journey: Journey) -> list[str]:
        """Return the problems of the draft; none when it can be published."""
        return problems_of(journey.draft)


class NewJourneySerializer(serializers.Serializer[Any]):
    """A journey to be made; the draft may still be faulty."""

    code = LineField(max_length=40, pattern=r"^[A-Za-z0-9_-]+\Z")
    name = LineField(max_length=64)
    subject_kind = serializers.ChoiceField(
        choices=Journey.Subject.choices, default=Journey.Subject.CUSTOMER
    )
    program = StorableDictField(default=dict)


class DraftSerializer(serializers.Serializer[Any]):
    """A draft to be kept."""

    program = StorableDictField()


class DraftProblemsSerializer(serializers.Serializer[Any]):
    """What keeps the draft from being published; empty when nothing does."""

    problems = serializers.ListField(child=serializers.CharField())


class VersionSerializer(serializers.Serializer[JourneyVersion]):
    """A published version."""

    number = serializers.IntegerField()
    checksum = serializers.CharField()
    published_at = serializers.DateTimeField()
    published_by = serializers.CharField(
        source="published_by.username",
        default=None,
        allow_null=True,
        help_text="Null where nobody is known.",
    )


class VersionProgramSerializer(VersionSerializer):
    """A published version with its program."""

    program = serializers.DictField()


class StepCountSerializer(serializers.Serializer[StepCount]):
    """How many runs stand at a step; key "" are those that have just entered."""

    step = serializers.CharField()
    title = serializers.CharField()
    kind = serializers.CharField()
    is_current = serializers.BooleanField(help_text="The current version has this step.")
    active = serializers.IntegerField()
    parked = serializers.IntegerField()


class StepCountsSerializer(serializers.Serializer[Any]):
    """Where the runs of a journey stand, in the order of the program."""

    results = StepCountSerializer(many=True)


class RunJourneySerializer(serializers.Serializer[Journey]):
    """The journey of a run."""

    uid = serializers.UUIDField()
    code = serializers.CharField()
    name = serializers.CharField()


class RunSerializer(serializers.Serializer[JourneyRun]):
    """One customer's way through one version of a journey."""

    id = serializers.IntegerField()
    journey = RunJourneySerializer()
    version = serializers.IntegerField(source="version.number")
    customer = serializers.UUIDField(
        source="identity.customer.uid",
        default=None,
        allow_null=True,
        help_text="Who it belongs to now.",
    )
    staff = StaffSerializer(allow_null=True)
    state = serializers.ChoiceField(choices=JourneyRun.State.choices)
    step = serializers.CharField(help_text='Where it waits; "" before the first step.')
    is_control = serializers.BooleanField()
    priority = serializers.IntegerField()
    entry_key = serializers.CharField()
    entered_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    timeout_at = serializers.DateTimeField(allow_null=True)
    attempts = serializers.IntegerField()
    reason = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)
    goal_name = serializers.CharField()
    goal_at = serializers.DateTimeField(allow_null=True)
    goal_until = serializers.DateTimeField(allow_null=True)


class PathSerializer(serializers.Serializer[Any]):
    """A step that a leg passed, with its outcome."""

    step = serializers.CharField()
    outcome = serializers.CharField()
    why = serializers.CharField(default="", help_text="What decided it, with values of that time.")
    arm = serializers.CharField(default="")
    until = serializers.CharField(default="")
    at = serializers.CharField(default="")


class LogSerializer(serializers.Serializer[StepLog]):
    """One thing that happened to a run."""

    at = serializers.DateTimeField(source="logged_at")
    kind = serializers.ChoiceField(choices=StepLog.Kind.choices)
    reason = serializers.CharField()
    event_id = serializers.IntegerField(allow_null=True)
    path = PathSerializer(many=True)


class RunDetailSerializer(RunSerializer):
    """A run with its step log, in order."""

    log = serializers.SerializerMethodField()

    @extend_schema_field(LogSerializer(many=True))
    def get_log(self, run: JourneyRun) -> Any:
        """Return what the view read of the log."""
        return LogSerializer(self.context["log"], many=True).data


class StopSerializer(serializers.Serializer[Any]):
    """Why a run is stopped."""

    reason = LineField(max_length=60)
