"""The details of a client with their currency, at every door alike (accounts.md 1)."""

import pytest

from commerce.accounts.models import Client
from commerce.catalog.actions.client_details import edit_client, open_client
from commerce.catalog.models import Currency
from commerce.kit.acts.act import act_of
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def test_a_client_keeps_a_currency_that_is_no_longer_sold_and_gets_no_other_such() -> None:
    client = make.make_client()
    for code in (client.currency_code, "GBP"):
        make.make_currency(code)
    Currency.objects.update(is_active=False, is_default=False)
    edit_client(client=client, currency_code=client.currency_code, city="Bonn", ctx=CTX)
    assert Client.objects.get().city == "Bonn"
    with pytest.raises(BusinessError) as refused:
        edit_client(client=client, currency_code="GBP", ctx=CTX)
    assert (refused.value.code, refused.value.field) == ("currency.not_active", "currency_code")
    offered = act_of(edit_client).parameters["currency_code"].input
    assert offered.from_json(client.currency_code, client) == client.currency_code


def test_bills_go_to_the_owner_where_no_other_address_is_told() -> None:
    make.make_currency("EUR")
    client = open_client(
        owner_email="nora@example.com",
        first_name="Nora",
        last_name="New",
        country="de",
        currency_code="EUR",
        ctx=CTX,
    )
    assert (client.email, client.country) == ("nora@example.com", "DE")
    assert client.memberships.get().user.email == "nora@example.com"
