"""Alice's client and a token that reads everything of it."""

import pytest

from commerce.accounts.models import Client
from tests.make import make_client, make_token


@pytest.fixture
def alice(db: None) -> Client:
    return make_client(owner="alice@example.com")


@pytest.fixture
def token(alice: Client) -> str:
    return make_token(alice)[1]
