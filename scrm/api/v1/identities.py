"""Identifiers in the open API: telling us what another system calls a customer."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from common import clock
from customers.errors import BadIdentifier, IdentifierTaken, UnknownCustomer
from customers.selectors.customers import access_customer
from customers.services.identifiers import register_identifier
from scrm.api.v1.base import REFUSALS_OF_A_CHANGE, ProblemView, refusals
from scrm.api.v1.event_serializers import IdentifierSerializer, identifier_of
from scrm.api.v1.needs import EDIT_CUSTOMERS, Needs
from scrm.web.problems import Conflict, Unprocessable


class RegisteredSerializer(serializers.Serializer[Any]):
    """Whether that was new, and whose it is; the identifier itself is not shown."""

    is_new = serializers.BooleanField()
    customer = serializers.UUIDField(
        help_text="Uid of the customer; another one after a merge with who was known by it."
    )


class IdentitiesView(ProblemView):
    """What others call a customer."""

    writes: ClassVar[Needs | None] = EDIT_CUSTOMERS

    @extend_schema(
        summary="Register an identifier",
        request=IdentifierSerializer,
        responses={
            200: RegisteredSerializer,
            201: RegisteredSerializer,
            **REFUSALS_OF_A_CHANGE,
            **refusals(422),
        },
    )
    def post(self, request: Request, uid: UUID) -> Response:
        """Register an openid, phone, buyer or member of a customer, so that events find them.

        Whom events made a customer under it before is merged with this one.
        """
        body = IdentifierSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            customer = access_customer(viewer=self.viewer, uid=uid)
            is_new = register_identifier(
                identifier_of(body.validated_data),
                customer=customer,
                source="api",
                now=clock.now(),
            )
            customer = access_customer(viewer=self.viewer, uid=uid)
        except UnknownCustomer as error:
            raise NotFound("There is no such customer in your data scope.") from error
        except BadIdentifier as error:
            raise Unprocessable(str(error)) from error
        except IdentifierTaken as error:
            raise Conflict(str(error)) from error
        told = {"is_new": is_new, "customer": customer.uid}
        return Response(RegisteredSerializer(told).data, status=201 if is_new else 200)
