"""A part of a name is found whatever its length, and nothing that only looks like it."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer
from customers.selectors.customers import named_like
from tests.makers import NOW

pytestmark = pytest.mark.django_db

LETTERS = st.text(alphabet="小涵王aAbBßŉıİ😀 %_\\'", min_size=1, max_size=5)


def named(name: str) -> None:
    Customer.objects.create(uid=uuid.uuid4(), name=name, created_at=NOW)


def found(part: str) -> set[str]:
    return set(named_like(Customer.objects.all(), part).values_list("name", flat=True))


@pytest.mark.parametrize("part", ["涵", "小涵", "王小涵", "小涵a", "A", "ab", "涵aB"])
def test_parts_of_any_length_are_found(part: str):
    named("王小涵aB")
    named("涵小王")

    assert "王小涵aB" in found(part)
    assert ("涵小王" in found(part)) == (part in {"涵"})


def test_pairs_in_another_order_are_another_name():
    named("小涵王小")

    assert found("涵王小") == {"小涵王小"}
    assert found("王小涵") == set()


def test_a_letter_whose_capital_is_longer_is_found():
    named("Straße")

    assert found("ß") == found("aß") == found("raße") == {"Straße"}


def test_nothing_leaves_everybody():
    named("王小涵")

    assert found("") == {"王小涵"}


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=LETTERS, part=LETTERS)
def test_what_the_index_finds_is_what_comparing_finds(name: str, part: str):
    Customer.objects.all().delete()
    named(name)

    assert found(part) == set(
        Customer.objects.filter(name__icontains=part).values_list("name", flat=True)
    )
