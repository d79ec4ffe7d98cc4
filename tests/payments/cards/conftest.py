"""A client with a saved card, and an invoice of theirs."""

import pytest

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.make.cards import keep


@pytest.fixture
def client(provider: FakeProvider) -> Client:
    made = make.make_client()
    keep(made)
    return made


@pytest.fixture
def invoice(client: Client) -> Invoice:
    return make.make_invoice(client)
