"""Materials in the open API: what staff send, and how many read it."""

from typing import Any, ClassVar

import django_filters  # type: ignore[import-untyped] # it ships no types
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from content.models import Material
from content.selectors.readings import MaterialReach, reach_of
from scrm.api.v1.base import REFUSALS, REFUSALS_OF_ONE, NewestFirst, ProblemListView, ProblemView
from scrm.api.v1.filters import FlagFilter
from scrm.api.v1.needs import READ_CONTENT, Needs


class MaterialSerializer(serializers.Serializer[Material]):
    """Something worth reading that staff send to customers; its text stays in the console."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Material.Kind.choices)
    title = serializers.CharField()
    summary = serializers.CharField()
    purpose = serializers.ChoiceField(choices=Material.Purpose.choices)
    is_high_intent = serializers.BooleanField(help_text="About a product or a price.")
    is_published = serializers.BooleanField()
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ReachSerializer(serializers.Serializer[MaterialReach]):
    """How many read it, among the customers in the caller's scope."""

    customers = serializers.IntegerField(source="customer_count")
    opens = serializers.IntegerField(source="open_count")
    completed = serializers.IntegerField(source="completed_count", help_text="Customers who did.")
    opens_of_strangers = serializers.IntegerField(source="stranger_open_count")


class MaterialDetailSerializer(MaterialSerializer):
    """A material with how many read it."""

    reach = serializers.SerializerMethodField()

    @extend_schema_field(ReachSerializer)
    def get_reach(self, material: Material) -> Any:
        """Return what the view counted."""
        return ReachSerializer(self.context["reach"]).data


class MaterialFilter(django_filters.FilterSet):  # type: ignore[misc] # untyped base
    """What the list may be narrowed by."""

    purpose = django_filters.ChoiceFilter(choices=Material.Purpose.choices, help_text="Purpose.")
    is_published = FlagFilter(help_text="Published, or a draft.")

    class Meta:
        model = Material
        fields: ClassVar[list[str]] = []


@extend_schema(summary="List materials", responses={200: MaterialSerializer(many=True), **REFUSALS})
class MaterialListView(ProblemListView, ListAPIView[Material]):
    """The company's materials, newest first."""

    reads: ClassVar[Needs] = READ_CONTENT
    queryset = Material.objects.none()
    serializer_class: Any = MaterialSerializer
    filterset_class = MaterialFilter
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Material]:
        """Return the materials without their texts."""
        return Material.objects.defer("body")


class MaterialDetailView(ProblemView):
    """One material."""

    reads: ClassVar[Needs] = READ_CONTENT

    @extend_schema(
        summary="Show a material", responses={200: MaterialDetailSerializer, **REFUSALS_OF_ONE}
    )
    def get(self, request: Request, material_id: int) -> Response:
        """Show a material with how many in the caller's scope read it."""
        material = Material.objects.defer("body").filter(pk=material_id).first()
        if material is None:
            raise NotFound("There is no such material.")
        context = {"reach": reach_of(material=material, viewer=self.viewer)}
        return Response(MaterialDetailSerializer(material, context=context).data)
