"""Customers in the open API."""

from typing import Any, ClassVar
from uuid import UUID

import django_filters  # type: ignore[import-untyped] # it ships no types
from django.db.models import Exists, OuterRef, Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from customers.errors import UnknownCustomer
from customers.models import Customer, Event, Follow, Identity, Profile, TagAssignment
from customers.selectors.customers import access_customer, customers_visible_to, named_like
from customers.selectors.timeline import timeline
from scrm.api.v1.base import (
    REFUSALS,
    REFUSALS_OF_ONE,
    LatestFirst,
    NewestFirst,
    ProblemListView,
    ProblemView,
)
from scrm.api.v1.filters import IdFilter
from scrm.api.v1.serializers import CustomerSerializer, EventSerializer


class CustomerFilter(django_filters.FilterSet):  # type: ignore[misc] # untyped base
    """What the list may be narrowed by."""

    stage = django_filters.ChoiceFilter(
        field_name="profile__stage", choices=Profile.Stage.choices, help_text="Life-cycle stage."
    )
    relation = django_filters.ChoiceFilter(
        field_name="profile__relation", choices=Profile.Relation.choices, help_text="Relation."
    )
    staff = django_filters.CharFilter(
        method="filter_staff", max_length=64, help_text="Userid of a staff member who is a friend."
    )
    tag = IdFilter(method="filter_tag", help_text="Number of a tag.")
    name = django_filters.CharFilter(
        method="filter_name", max_length=64, help_text="Part of the name."
    )

    class Meta:
        model = Customer
        fields: ClassVar[list[str]] = []

    def filter_name(
        self, customers: QuerySet[Customer], name: str, value: str
    ) -> QuerySet[Customer]:
        """Keep the customers whose name holds a text."""
        return named_like(customers, value)

    def filter_staff(
        self, customers: QuerySet[Customer], name: str, value: str
    ) -> QuerySet[Customer]:
        """Keep the customers who are friends of a staff member now."""
        friends = Follow.objects.filter(
            identity__customer=OuterRef("pk"),
            status=Follow.Status.FRIEND,
            staff__userid_folded=value.lower(),
        )
        return customers.filter(Exists(friends))

    def filter_tag(
        self, customers: QuerySet[Customer], name: str, value: Any
    ) -> QuerySet[Customer]:
        """Keep the customers who carry a tag."""
        carried = TagAssignment.objects.filter(identity__customer=OuterRef("pk"), tag_id=value)
        return customers.filter(Exists(carried))


def with_relations(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """Load what `CustomerSerializer` shows: one query a kind, however many customers."""
    follows = Follow.objects.select_related("staff").order_by("-added_at", "id")
    tags = TagAssignment.objects.select_related("tag__group").order_by("id")
    identities = Identity.objects.order_by("id").prefetch_related(
        Prefetch("follows", follows), Prefetch("tag_assignments", tags)
    )
    return customers.select_related("profile").prefetch_related(Prefetch("identities", identities))


@extend_schema(summary="List customers", responses={200: CustomerSerializer, **REFUSALS})
class CustomerListView(ProblemListView, ListAPIView[Customer]):
    """The customers in the caller's data scope, newest first."""

    queryset = Customer.objects.none()
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilter
    pagination_class = NewestFirst

    def get_queryset(self) -> QuerySet[Customer]:
        """Return who the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Customer.objects.none()
        return with_relations(customers_visible_to(self.viewer))


class CustomerView(ProblemView):
    """One customer."""

    @extend_schema(
        summary="Show a customer", responses={200: CustomerSerializer, **REFUSALS_OF_ONE}
    )
    def get(self, request: Request, uid: UUID) -> Response:
        """Show a customer by uid; the uid of one that was merged away shows the survivor."""
        customer = _access(self, uid)
        shown = with_relations(Customer.objects.filter(pk=customer.pk)).get()
        return Response(CustomerSerializer(shown).data)


@extend_schema(
    summary="List a customer's events", responses={200: EventSerializer, **REFUSALS_OF_ONE}
)
class CustomerEventsView(ProblemListView, ListAPIView[Event]):
    """The timeline of one customer, latest first, over all their identities."""

    queryset = Event.objects.none()
    serializer_class = EventSerializer
    pagination_class = LatestFirst
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Event]:
        """Return the events of a customer whom the caller may see."""
        if getattr(self, "swagger_fake_view", False):
            return Event.objects.none()
        customer = _access(self, self.kwargs["uid"])
        return timeline(customer).select_related("staff", "identity__customer")


def _access(view: ProblemView, uid: UUID) -> Customer:
    try:
        return access_customer(viewer=view.viewer, uid=uid)
    except UnknownCustomer as error:
        raise NotFound("There is no such customer in your data scope.") from error
