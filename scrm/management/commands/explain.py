"""`manage.py explain CUSTOMER JOURNEY`: why is this customer where they are in this journey?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rest_framework.renderers import JSONRenderer

from common import clock
from customers.errors import AmbiguousCustomer, UnknownCustomer
from customers.selectors.lookup import find_customer
from scrm.api.v1.explanation_serializers import ExplanationSerializer
from sop.errors import UnknownJourney
from sop.selectors.explain import explain
from sop.selectors.explain_text import explanation_text
from sop.selectors.journeys import journey_by_code


class Command(BaseCommand):
    """Explain one customer in one journey; exit with 1 if there is no such customer or journey."""

    help = "Explain why a customer is, or is not, in a journey, and what became of it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Who, and in which journey."""
        parser.add_argument("customer", help="uid, external_userid, or a remark or name of one")
        parser.add_argument("journey", help="code of the journey")
        parser.add_argument("--json", action="store_true", help="as the open API says it")

    def handle(self, *args: Any, **options: Any) -> None:
        """Find both, explain, print."""
        try:
            customer = find_customer(options["customer"])
            journey = journey_by_code(options["journey"])
        except UnknownCustomer as error:
            raise CommandError(f"没有客户“{options['customer']}”") from error
        except AmbiguousCustomer as error:
            raise CommandError(str(error)) from error
        except UnknownJourney as error:
            raise CommandError(f"没有代号为“{options['journey']}”的旅程") from error
        told = explain(customer, journey, now=clock.now())
        if options["json"]:
            data = ExplanationSerializer(told).data
            self.stdout.write(JSONRenderer().render(data).decode())
        else:
            self.stdout.write(explanation_text(told), ending="")
