"""What endpoints are told, and by whom they are reached: a reader who attacks."""

import pytest

from commerce.events.models import ClientEvent
from commerce.webhook_endpoints.access import events_told
from tests.make.people import make_client
from tests.make.records import make_operation, make_token
from tests.make.webhook_endpoints import make_endpoint

pytestmark = pytest.mark.django_db


def test_the_end_of_an_operation_is_told_to_its_token_and_to_who_sees_its_record() -> None:
    client = make_client()
    tokens = [make_token(client, scopes=["webhooks:write"])[0] for _ in range(2)]
    operation = make_operation(client, tokens[0].pk)
    [event] = ClientEvent.objects.filter(type="operation.finished", number=operation.key)
    by_hand, *by_tokens = [
        make_endpoint(client, token_id=pk)[0] for pk in (None, *(one.pk for one in tokens))
    ]
    for endpoint, scopes, is_told in (
        (by_hand, {"domains:read"}, True),
        (by_hand, {"invoices:read"}, False),
        (by_tokens[0], {"webhooks:write"}, True),
        (by_tokens[1], {"domains:read"}, False),
    ):
        assert events_told(endpoint, frozenset(scopes), [event]) == [event] * is_told
