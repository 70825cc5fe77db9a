"""Channel codes as the open API shows and takes them: every field is named here."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from campaigns.models import ChannelCode
from campaigns.selectors.code_figures import CodeFigures
from campaigns.services.channel_codes import MAX_STAFF, MAX_STATE_CHARACTERS
from scrm.api.v1.fields import BIGGEST_NUMBER, FlagField, LineField, NumberField
from scrm.api.v1.serializers import StaffSerializer

MAX_TAGS = 20
MAX_TEXT_CHARACTERS = 1_000
MAX_DELAY_MINUTES = 60 * 24 * 30


class CodeTagSerializer(serializers.Serializer[Any]):
    """A tag that new friends get."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    group = serializers.CharField(source="group.name")


class CodeTaskSerializer(serializers.Serializer[Any]):
    """The first task that a new friend gives their member of staff."""

    title = LineField(max_length=60)
    body = LineField(max_length=300, default="", allow_blank=True)
    delay_minutes = NumberField(default=0, min_value=0, max_value=MAX_DELAY_MINUTES)


class CodeFiguresSerializer(serializers.Serializer[CodeFigures]):
    """What a code brought to staff in the caller's scope, counted in relations."""

    added = serializers.IntegerField(source="added_count")
    friends = serializers.IntegerField(source="friend_count")
    added_in_7_days = serializers.IntegerField(source="week_added_count")
    last_added_at = serializers.DateTimeField(allow_null=True)


class CodeSerializer(serializers.Serializer[ChannelCode]):
    """A channel code, what follows from it, and what it brought."""

    id = serializers.IntegerField()
    corp = serializers.CharField(source="corp.corp_id")
    name = serializers.CharField()
    state = serializers.CharField(help_text="Parameter that every friend it brings carries.")
    is_enabled = serializers.BooleanField()
    is_in_step = serializers.BooleanField(
        help_text="WeCom holds what this says; else it is brought there by and by."
    )
    last_error = serializers.CharField(help_text="What WeCom last said against it.")
    qr_code_url = serializers.CharField(help_text="Its picture at WeCom; empty until it is made.")
    staff = StaffSerializer(many=True)
    tags = CodeTagSerializer(many=True)
    text = serializers.CharField(help_text="The welcome; {客户} and {员工} are filled in.")
    material = serializers.IntegerField(source="material_id", allow_null=True)
    skip_verify = serializers.BooleanField()
    remark_template = serializers.CharField()
    task = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    disabled_at = serializers.DateTimeField(allow_null=True)
    figures = serializers.SerializerMethodField()

    @extend_schema_field(CodeTaskSerializer(allow_null=True))
    def get_task(self, code: ChannelCode) -> dict[str, Any] | None:
        """Return the first task, where there is one."""
        if code.task_delay_minutes is None:
            return None
        return {
            "title": code.task_title,
            "body": code.task_body,
            "delay_minutes": code.task_delay_minutes,
        }

    @extend_schema_field(CodeFiguresSerializer)
    def get_figures(self, code: ChannelCode) -> Any:
        """Return what the view counted for all codes at once."""
        figures: dict[int, CodeFigures] = self.context["figures"]
        return CodeFiguresSerializer(figures[code.pk]).data


class CodeBodySerializer(serializers.Serializer[Any]):
    """What a channel code is to be: what is left out is empty."""

    name = LineField(max_length=30)
    staff = serializers.ListField(
        child=LineField(max_length=64),
        min_length=1,
        max_length=MAX_STAFF,
        help_text="Userids of staff with the right to talk to customers.",
    )
    tags = serializers.ListField(
        child=NumberField(min_value=1, max_value=BIGGEST_NUMBER),
        max_length=MAX_TAGS,
        default=list,
        help_text="Numbers of tags.",
    )
    text = LineField(max_length=MAX_TEXT_CHARACTERS, default="", allow_blank=True)
    material = NumberField(min_value=1, max_value=BIGGEST_NUMBER, default=None, allow_null=True)
    skip_verify = FlagField(default=True)
    remark_template = LineField(max_length=60, default="", allow_blank=True)
    task = CodeTaskSerializer(default=None, allow_null=True)


class NewCodeSerializer(CodeBodySerializer):
    """A channel code to be made."""

    state = LineField(
        max_length=MAX_STATE_CHARACTERS,
        default="",
        allow_blank=True,
        help_text="Never changes; made up where it is left out.",
    )
    corp = LineField(
        max_length=64,
        default="",
        allow_blank=True,
        help_text="Corp id; may be left out where there is one.",
    )
