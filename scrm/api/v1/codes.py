"""Channel codes in the open API: what they brought, making, changing, switching off and on."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import django_filters  # type: ignore[import-untyped] # it ships no types
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.errors import BadChannelCode, StateTaken
from campaigns.models import ChannelCode
from campaigns.selectors.channel_codes import channel_codes_visible_to
from campaigns.selectors.code_figures import figures_of
from campaigns.services.channel_codes import (
    ChannelCodeSpec,
    create_channel_code,
    disable_channel_code,
    update_channel_code,
)
from campaigns.services.code_life import enable_channel_code, new_state
from common import clock
from content.models import Material
from customers.models import Tag
from org.models import Staff, User
from org.selectors.scope import visible_staff_ids
from scrm.api.v1.base import (
    REFUSALS,
    REFUSALS_OF_A_CHANGE,
    REFUSALS_OF_ONE,
    NewestFirst,
    ProblemListView,
    ProblemView,
    refusals,
)
from scrm.api.v1.code_serializers import CodeBodySerializer, CodeSerializer, NewCodeSerializer
from scrm.api.v1.filters import FlagFilter
from scrm.api.v1.needs import EDIT_CODES, READ_CODES, Needs
from scrm.web.problems import Conflict, Unprocessable
from touches.selectors.apps import senders_of
from wecom.models import App, Corp


class CodeFilter(django_filters.FilterSet):  # type: ignore[misc] # untyped base
    """What the list may be narrowed by."""

    state = django_filters.CharFilter(max_length=30, help_text="The parameter, exactly.")
    is_enabled = FlagFilter(help_text="On, or off.")
    staff = django_filters.CharFilter(
        method="filter_staff", max_length=64, help_text="Userid of a member it leads to."
    )

    class Meta:
        model = ChannelCode
        fields: ClassVar[list[str]] = []

    def filter_staff(
        self, codes: QuerySet[ChannelCode], name: str, value: str
    ) -> QuerySet[ChannelCode]:
        """Keep the codes that lead to a member of staff."""
        return codes.filter(staff__userid_folded=value.lower()).distinct()


class _CodeView(ProblemView):
    """A view of one channel code."""

    reads: ClassVar[Needs] = READ_CODES
    writes: ClassVar[Needs | None] = EDIT_CODES

    def code(self, code_id: int) -> ChannelCode:
        """Return the code of the address.

        Raises:
            NotFound: there is none in the caller's scope.
        """
        found = _loaded(channel_codes_visible_to(self.viewer)).filter(pk=code_id).first()
        if found is None:
            raise NotFound("There is no such channel code in your data scope.")
        return found

    def shown(self, code_id: int, status: int = 200) -> Response:
        """Answer with the code as it is now."""
        return Response(_shown([self.code(code_id)], self.viewer)[0], status=status)


class CodeListView(ProblemListView, ListAPIView[ChannelCode]):
    """The channel codes that lead to staff in the caller's scope; and making one."""

    reads: ClassVar[Needs] = READ_CODES
    writes: ClassVar[Needs | None] = EDIT_CODES
    queryset = ChannelCode.objects.none()
    serializer_class = CodeSerializer
    filterset_class = CodeFilter
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[ChannelCode]:
        """Return the codes that the caller may see."""
        return _loaded(channel_codes_visible_to(self.viewer))

    @extend_schema(
        summary="List channel codes", responses={200: CodeSerializer(many=True), **REFUSALS}
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List channel codes, newest first, with what they brought."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        return self.get_paginated_response(_shown(page, self.viewer))

    @extend_schema(
        summary="Make a channel code",
        request=NewCodeSerializer,
        responses={201: CodeSerializer, **REFUSALS_OF_A_CHANGE, **refusals(422)},
    )
    def post(self, request: Request) -> Response:
        """Make a channel code and its QR code at WeCom.

        Where WeCom cannot be asked now, `is_in_step` is false and it is brought there later.
        """
        body = NewCodeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        app = _app(wanted["corp"])
        spec = _spec(wanted, app, self.viewer, state=wanted["state"] or new_state())
        try:
            made = create_channel_code(spec, now=clock.now(), created_by=self.viewer)
        except StateTaken as error:
            raise Conflict("Another channel code has this state.") from error
        except BadChannelCode as error:
            raise Conflict("A channel code cannot be like this.", [str(error)]) from error
        code = _loaded(ChannelCode.objects.filter(pk=made.pk)).get()
        return Response(_shown([code], self.viewer)[0], status=201)


class CodeDetailView(_CodeView):
    """One channel code."""

    @extend_schema(
        summary="Show a channel code", responses={200: CodeSerializer, **REFUSALS_OF_ONE}
    )
    def get(self, request: Request, code_id: int) -> Response:
        """Show a channel code with what it brought."""
        return self.shown(code_id)

    @extend_schema(
        summary="Change a channel code",
        request=CodeBodySerializer,
        responses={200: CodeSerializer, **REFUSALS_OF_A_CHANGE, **refusals(422)},
    )
    def put(self, request: Request, code_id: int) -> Response:
        """Replace everything but `state`; the printed QR code goes on working."""
        code = self.code(code_id)
        body = CodeBodySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        app = App.objects.select_related("corp").get(pk=code.app_id)
        spec = _spec(
            body.validated_data, app, self.viewer, state=code.state, attachments=code.attachments
        )
        try:
            update_channel_code(code, spec, now=clock.now(), actor=self.viewer)
        except BadChannelCode as error:
            raise Conflict("A channel code cannot be like this.", [str(error)]) from error
        return self.shown(code_id)


class CodeDisableView(_CodeView):
    """Switching off."""

    @extend_schema(
        summary="Switch a channel code off",
        request=None,
        responses={200: CodeSerializer, **REFUSALS_OF_A_CHANGE},
    )
    def post(self, request: Request, code_id: int) -> Response:
        """Switch a code off: its QR code stops working for good, what it brought stays."""
        code = self.code(code_id)
        if code.is_enabled:
            disable_channel_code(code, now=clock.now(), actor=self.viewer)
        return self.shown(code_id)


class CodeEnableView(_CodeView):
    """Switching on."""

    @extend_schema(
        summary="Switch a channel code on",
        request=None,
        responses={200: CodeSerializer, **REFUSALS_OF_A_CHANGE},
    )
    def post(self, request: Request, code_id: int) -> Response:
        """Switch a code on again, with a new QR code; does nothing to one that is on."""
        enable_channel_code(self.code(code_id), now=clock.now(), actor=self.viewer)
        return self.shown(code_id)


def _loaded(codes: QuerySet[ChannelCode]) -> QuerySet[ChannelCode]:
    return codes.select_related("corp").prefetch_related("staff", "tags__group")


def _shown(codes: Any, viewer: User) -> Any:
    context = {"figures": figures_of(codes, viewer=viewer, now=clock.now())}
    return CodeSerializer(codes, many=True, context=context).data


def _app(corp_id: str) -> App:
    """Return the app that makes a corp's codes.

    Raises:
        Unprocessable: there is no such corp, or several and none is named.
        Conflict: the corp has no app that is on.
    """
    corps = Corp.objects.filter(corp_id=corp_id) if corp_id else Corp.objects.all()
    found = list(corps[:2])
    if len(found) != 1:
        raise _not_there("corp", "Name one of the corps.")
    sender = senders_of([found[0].pk]).get(found[0].pk)
    if sender is None:
        raise Conflict("The corp has no app that is enabled.")
    return App.objects.select_related("corp").get(pk=sender.app_id)


def _spec(
    wanted: Mapping[str, Any],
    app: App,
    viewer: User,
    *,
    state: str,
    attachments: Sequence[dict[str, Any]] = (),
) -> ChannelCodeSpec:
    """Return what is asked for, everything it names found.

    Raises:
        Unprocessable: staff, tags or material that are not there.
    """
    task = wanted["task"] or {}
    return ChannelCodeSpec(
        app=app,
        name=wanted["name"],
        state=state,
        staff=_staff(wanted["staff"], app, viewer),
        tags=_tags(wanted["tags"], app),
        text=wanted["text"],
        attachments=attachments,
        material=_material(wanted["material"]),
        skip_verify=wanted["skip_verify"],
        remark_template=wanted["remark_template"],
        task_title=task.get("title", ""),
        task_body=task.get("body", ""),
        task_delay_minutes=task.get("delay_minutes"),
    )


def _staff(userids: Sequence[str], app: App, viewer: User) -> list[Staff]:
    wanted = {userid.lower() for userid in userids}
    staff = Staff.objects.filter(corp_id=app.corp_id, userid_folded__in=wanted, left_at=None)
    visible = visible_staff_ids(viewer)
    if visible is not None:
        staff = staff.filter(id__in=visible)
    found = list(staff.order_by("id"))
    missing = sorted(wanted - {member.userid_folded for member in found})
    if missing:
        raise _not_there("staff", f"Nobody in your data scope: {', '.join(missing)}.")
    return found


def _tags(numbers: Sequence[int], app: App) -> list[Tag]:
    tags = Tag.objects.filter(pk__in=set(numbers), corp_id=app.corp_id, is_deleted=False)
    found = list(tags.order_by("id"))
    missing = sorted(set(numbers) - {tag.pk for tag in found})
    if missing:
        raise _not_there("tags", f"No such tag: {', '.join(map(str, missing))}.")
    return found


def _material(number: int | None) -> Material | None:
    if number is None:
        return None
    found = Material.objects.filter(pk=number, is_published=True).first()
    if found is None:
        raise _not_there("material", "No such material, or it is not published.")
    return found


def _not_there(field: str, message: str) -> Unprocessable:
    return Unprocessable("Something that is named is not there.", {field: [message]})
