"""A tracked link is one per content, staff, batch and person, and its code cannot be guessed."""

import base64
from datetime import timedelta

import pytest

from content.errors import UnknownLink
from content.models import Material, TrackedLink
from content.selectors.links import open_link
from content.services.links import LinkSpec, create_links, public_url
from tests.content.makers import NOON, make_article, make_corp, make_customer, make_link, make_staff

pytestmark = pytest.mark.django_db


def test_a_code_carries_128_bits_and_no_two_are_equal():
    specs = [
        LinkSpec(material_id=make_article().pk, corp_id=make_corp().pk, batch=str(n))
        for n in range(500)
    ]

    codes = {link.code for link in create_links(specs, now=NOON)}

    assert len(codes) == 500
    assert {len(base64.urlsafe_b64decode(code + "==")) for code in codes} == {16}


def test_every_bit_of_a_code_varies():
    specs = [
        LinkSpec(material_id=make_article().pk, corp_id=make_corp().pk, batch=str(n))
        for n in range(300)
    ]
    numbers = [
        int.from_bytes(base64.urlsafe_b64decode(link.code + "=="))
        for link in create_links(specs, now=NOON)
    ]

    ones = [sum(number >> bit & 1 for number in numbers) for bit in range(128)]

    assert min(ones) > 90
    assert max(ones) < 210


def test_making_a_link_again_gives_the_same_one():
    staff, article = make_staff(), make_article()
    spec = LinkSpec(material_id=article.pk, corp_id=staff.corp_id, staff_id=staff.pk, batch="b1")

    first, twin = create_links([spec, spec], now=NOON)
    (again,) = create_links([spec], now=NOON + timedelta(hours=1))

    assert first.code == twin.code == again.code
    assert TrackedLink.objects.count() == 1


def test_links_come_back_in_the_order_they_were_asked_for(django_assert_num_queries):
    staff, article, identity = make_staff(), make_article(), make_customer()
    specs = [
        LinkSpec(material_id=article.pk, corp_id=staff.corp_id, batch="b", staff_id=staff_id,
                 identity_id=identity_id)
        for staff_id, identity_id in [(staff.pk, identity.pk), (None, None), (staff.pk, None)]
    ]  # fmt: skip

    with django_assert_num_queries(2):
        links = create_links(specs, now=NOON)

    assert [(link.staff_id, link.identity_id) for link in links] == [
        (staff.pk, identity.pk),
        (None, None),
        (staff.pk, None),
    ]


def test_the_address_carries_the_code_and_nothing_else(settings):
    settings.PUBLIC_URL = "https://scrm.example"

    assert public_url("abc") == "https://scrm.example/l/abc"


def test_an_expired_link_is_unknown():
    link = make_link(expires_at=NOON)

    assert open_link(code=link.code, now=NOON - timedelta(seconds=1)) == link
    with pytest.raises(UnknownLink):
        open_link(code=link.code, now=NOON)


def test_a_link_to_an_unpublished_material_is_unknown():
    link = make_link()
    Material.objects.update(is_published=False)

    with pytest.raises(UnknownLink):
        open_link(code=link.code, now=NOON)
