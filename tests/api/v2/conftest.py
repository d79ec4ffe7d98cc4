"""Alice's client and a token that reads everything of it; and whether the ends of operations were told."""

from collections.abc import Iterator

import pytest

from commerce.accounts.models import ApiOperation, Client
from commerce.api.v2.resources.operations import COLUMNS_OF_STATE, operation_state
from commerce.events.models import ClientEvent
from tests.make import make_client, make_token


@pytest.fixture
def alice(db: None) -> Client:
    return make_client(owner="alice@example.com")


@pytest.fixture(autouse=True)
def ends_are_told(request: pytest.FixtureRequest) -> Iterator[None]:
    """Of each operation that has ended, however a test brought that about, there is one event that says how."""
    if "alice" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("alice")
    yield
    told = ClientEvent.objects.filter(type="operation.finished")
    events = sorted(told.values_list("number", "status"))
    rows = ApiOperation.objects.values_list("key", "outcome", *COLUMNS_OF_STATE)
    states = [(key, outcome, operation_state(*values)) for key, outcome, *values in rows]
    assert events == sorted((key, one.status) for key, _, one in states if one.ended_at)
    assert [outcome for _, outcome, one in states if one.ended_at] == [
        one.status for _, _, one in states if one.ended_at
    ]


@pytest.fixture
def token(alice: Client) -> str:
    return make_token(alice)[1]
