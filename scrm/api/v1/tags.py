"""Tags in the open API: the library, making and deleting tags, putting them on customers."""

from typing import Any, ClassVar, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.errors import BadTag, UnknownCustomer
from customers.models import Tag, TagAssignment, TagGroup
from customers.selectors.customers import access_customer
from customers.selectors.tags import access_group, access_tag, count_tags, tag_groups
from customers.services import tag_library
from scrm.api.v1.base import REFUSALS_OF_A_CHANGE, ProblemView, refusals
from scrm.api.v1.fields import BIGGEST_NUMBER, FlagField, LineField, NumberField
from scrm.api.v1.needs import MANAGE_TAGS, PUT_TAGS, READ_TAGS, Needs
from scrm.web.addresses import address_of
from scrm.web.problems import Conflict, Unprocessable
from touches.errors import BadTagging
from touches.services.tagging import tag_customer
from wecom.models import Corp

REFUSED: Final = "It cannot be done; `problems` says why."


class LibraryTagSerializer(serializers.Serializer[Tag]):
    """A tag, and how many customers in the caller's scope carry it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    customers = serializers.SerializerMethodField()

    def get_customers(self, tag: Tag) -> int:
        """Return what the view counted for all tags at once."""
        counts: dict[int, int] = self.context["counts"]
        return counts.get(tag.pk, 0)


class TagGroupSerializer(serializers.Serializer[TagGroup]):
    """A group of tags; a local one is ours alone, the others are WeCom's as well."""

    id = serializers.IntegerField()
    corp = serializers.CharField(source="corp.corp_id")
    name = serializers.CharField()
    is_local = serializers.SerializerMethodField()
    tags = LibraryTagSerializer(many=True, source="live_tags")

    def get_is_local(self, group: TagGroup) -> bool:
        """Say whether WeCom does not know it."""
        return group.wecom_id is None


class TagLibrarySerializer(serializers.Serializer[Any]):
    """The whole library, in the order of WeCom's."""

    is_exact = serializers.BooleanField(
        help_text="False where a large company's counts are estimated."
    )
    results = TagGroupSerializer(many=True)


class NewTagsSerializer(serializers.Serializer[Any]):
    """Tags to be made in a group that is there, or in one of that name."""

    group = NumberField(min_value=1, max_value=BIGGEST_NUMBER, default=None, allow_null=True)
    group_name = LineField(max_length=tag_library.NAME_CHARACTERS, default="", allow_blank=True)
    names = serializers.ListField(
        child=LineField(max_length=tag_library.NAME_CHARACTERS),
        min_length=1,
        max_length=tag_library.MOST_AT_ONCE,
    )
    is_local = FlagField(default=False, help_text="A new group of ours alone.")
    corp = LineField(
        max_length=64,
        default="",
        allow_blank=True,
        help_text="Corp id; may be left out where there is one.",
    )


class NameSerializer(serializers.Serializer[Any]):
    """Another name."""

    name = LineField(max_length=tag_library.NAME_CHARACTERS)


class MarkedSerializer(serializers.Serializer[Any]):
    """Whether a customer carries a tag now, and whether that is about to change."""

    tag = serializers.IntegerField()
    is_carried = serializers.BooleanField()
    is_pending = serializers.BooleanField(
        help_text="WeCom is asked; what we show follows within seconds."
    )


class _LibraryView(ProblemView):
    """A view of the library."""

    reads: ClassVar[Needs] = READ_TAGS
    writes: ClassVar[Needs | None] = MANAGE_TAGS

    def library(self, status: int = 200) -> Response:
        """Answer with the library as it is now."""
        groups = list(tag_groups())
        tags: list[int] = [tag.pk for group in groups for tag in getattr(group, "live_tags", ())]
        counts = count_tags(self.viewer, tags)
        told = {"is_exact": counts.is_exact, "results": groups}
        context = {"counts": counts.by_tag}
        return Response(TagLibrarySerializer(told, context=context).data, status=status)


class TagLibraryView(_LibraryView):
    """The tag library."""

    @extend_schema(
        summary="List tags",
        responses={200: TagLibrarySerializer, **refusals(401, 403)},
    )
    def get(self, request: Request) -> Response:
        """List the groups with their tags and how many customers carry each."""
        return self.library()

    @extend_schema(
        summary="Make tags",
        request=NewTagsSerializer,
        responses={201: TagLibrarySerializer, **REFUSALS_OF_A_CHANGE, **refusals(422)},
    )
    def post(self, request: Request) -> Response:
        """Make tags at WeCom, or local ones, and answer with the library."""
        body = NewTagsSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted = body.validated_data
        group = _group(wanted["group"])
        if group is None and not wanted["group_name"]:
            raise Unprocessable("Name a group.", {"group_name": ["Of a new group, or one there."]})
        try:
            tag_library.create_tags(
                corp=group.corp if group is not None else _corp(wanted["corp"]),
                group=group,
                group_name=wanted["group_name"],
                names=wanted["names"],
                is_local=wanted["is_local"],
                user=self.viewer,
                now=clock.now(),
            )
        except BadTag as error:
            raise Conflict(REFUSED, [str(error)]) from error
        return self.library(status=201)


class TagView(_LibraryView):
    """One tag of the library."""

    @extend_schema(
        summary="Rename a tag",
        request=NameSerializer,
        responses={200: TagLibrarySerializer, **REFUSALS_OF_A_CHANGE},
    )
    def put(self, request: Request, tag_id: int) -> Response:
        """Rename a tag, at WeCom as well, and answer with the library."""
        body = NameSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        name, tag = body.validated_data["name"], _tag(tag_id)
        try:
            tag_library.rename(entry=tag, name=name, user=self.viewer, now=clock.now())
        except BadTag as error:
            raise Conflict(REFUSED, [str(error)]) from error
        return self.library()

    @extend_schema(
        summary="Delete a tag",
        responses={204: None, **refusals(401, 403, 404, 409)},
    )
    def delete(self, request: Request, tag_id: int) -> Response:
        """Delete a tag, at WeCom as well; all customers lose it."""
        try:
            tag_library.delete(entry=_tag(tag_id), user=self.viewer, now=clock.now())
        except BadTag as error:
            raise Conflict(REFUSED, [str(error)]) from error
        return Response(status=204)


class CustomerTagView(ProblemView):
    """A tag on a customer."""

    reads: ClassVar[Needs] = READ_TAGS
    writes: ClassVar[Needs | None] = PUT_TAGS

    @extend_schema(
        summary="Put a tag on a customer",
        request=None,
        responses={200: MarkedSerializer, 202: MarkedSerializer, **refusals(401, 403, 404, 409)},
    )
    def put(self, request: Request, uid: UUID, tag_id: int) -> Response:
        """Put a tag on a customer: a local one at once, WeCom's on the longest friendship (202)."""
        return self._mark(uid, tag_id, is_added=True)

    @extend_schema(
        summary="Take a tag off a customer",
        request=None,
        responses={200: MarkedSerializer, 202: MarkedSerializer, **refusals(401, 403, 404, 409)},
    )
    def delete(self, request: Request, uid: UUID, tag_id: int) -> Response:
        """Take a tag off a customer, off every relation that carries it."""
        return self._mark(uid, tag_id, is_added=False)

    def _mark(self, uid: UUID, tag_id: int, *, is_added: bool) -> Response:
        try:
            customer = access_customer(viewer=self.viewer, uid=uid)
        except UnknownCustomer as error:
            raise NotFound("There is no such customer in your data scope.") from error
        tag = _tag(tag_id)
        held = TagAssignment.objects.filter(identity__customer=customer, tag=tag)
        if held.exists() is not is_added:
            try:
                tag_customer(
                    customer=customer,
                    tag=tag,
                    is_added=is_added,
                    user=self.viewer,
                    now=clock.now(),
                    address=address_of(self.request._request),
                )
            except BadTagging as error:
                raise Conflict(REFUSED, [str(error)]) from error
        is_carried = held.exists()
        is_pending = is_carried is not is_added
        told = {"tag": tag.pk, "is_carried": is_carried, "is_pending": is_pending}
        return Response(MarkedSerializer(told).data, status=202 if is_pending else 200)


def _tag(tag_id: int) -> Tag:
    try:
        return access_tag(tag_id)
    except BadTag as error:
        raise NotFound("There is no such tag.") from error


def _group(group_id: int | None) -> TagGroup | None:
    if group_id is None:
        return None
    try:
        return access_group(group_id)
    except BadTag as error:
        raise Unprocessable("There is no such group.", {"group": ["No such group."]}) from error


def _corp(corp_id: str) -> Corp:
    found = list((Corp.objects.filter(corp_id=corp_id) if corp_id else Corp.objects.all())[:2])
    if len(found) != 1:
        raise Unprocessable("Name one of the corps.", {"corp": ["Name one of the corps."]})
    return found[0]
