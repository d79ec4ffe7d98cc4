"""A name whose registry asks for four things: sold with them, and registered with them (domains.md 2)."""

import pytest

from commerce.domains.actions.tlds import set_tld
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.lifecycle import activate_order
from commerce.orders.models import CartItem, Order
from tests.doubles.registrar import remote_registrar
from tests.make.browser import HttpsTestClient
from tests.make.jobs import run_all_jobs
from tests.make.people import AT
from tests.portal.shop.checkout_steps import form, ordered, review

pytestmark = pytest.mark.django_db
ASKED = [
    {
        "name": "nexus",
        "label": "Eligibility of the registrant",
        "type": "choice",
        "required": True,
        "options": [["C11", "U.S. citizen"], ["C31", "Foreign organization"]],
    },
    {
        "name": "country",
        "label": "Country of the organization",
        "type": "country",
        "required": True,
        "needed_if": ["nexus", ["C31"]],
    },
    {"name": "founded", "label": "Founded", "type": "date", "required": True},
    {"name": "agrees", "label": "Agrees", "type": "tick", "required": True, "options": ["Y"]},
    {"name": "version", "label": "version", "type": "fixed", "options": ["2.0"]},
]


def test_what_was_asked_at_checkout_is_what_the_registrar_gets(
    web: HttpsTestClient, name: CartItem
) -> None:
    with remote_registrar() as remote:
        set_tld(tld="test", registrar="remote", extra_fields=ASKED, ctx=Context(AT, SYSTEM))
        page = review(web)
        assert "Eligibility of the registrant for mine.test" in page
        assert "U.S. citizen" in page
        assert "version for mine.test" not in page
        assert "registrant-extra-" in " ".join(form(page))
        field = f"registrant-extra-{name.pk}-"
        typed = {
            "registrant-phone": "+49 30 1234",
            f"{field}0": "C31",
            f"{field}1": "",
            f"{field}2": "2001-02-03",
            f"{field}3": "on",
        }
        for wrong in ({}, {f"{field}1": "XX"}, {f"{field}3": ""}, {f"{field}2": "soon"}):
            assert ordered(web, **typed | wrong).status_code == 422
        assert not Order.objects.exists()
        assert ordered(web, **typed | {f"{field}1": "CH"}).status_code == 303
        activate_order(
            order=Order.objects.get(), unpaid_because="a friend", ctx=Context(AT, SYSTEM)
        )
        run_all_jobs(AT, failing=True)
        [order] = [one for what, _domain, one in remote.orders if what == "register"]
    assert order.extra_fields == {
        "nexus": "C31",
        "country": "CH",
        "founded": "2001-02-03",
        "agrees": "Y",
        "version": "2.0",
    }
