"""Events that are there before the feed of all clients keep their order and all that they say, there and back."""

import pytest
from django.core.management import call_command

from commerce.events.company_feed import feed_between, feed_end
from commerce.events.models import ClientEvent
from tests import make
from tests.house.going_back import go_back

pytestmark = pytest.mark.django_db(transaction=True)


def test_events_of_before_are_the_first_of_the_feed() -> None:
    make.make_service(make.make_client())
    make.make_invoice()
    before = list(ClientEvent.objects.order_by("pk").defer("transaction_id").values())
    try:
        go_back(("events", "0002_client_events"))
    finally:
        call_command("migrate", verbosity=0)
    make.make_service(make.make_client())
    rows = list(feed_between(None, feed_end()).values())
    assert [{**one, "transaction_id": 0} for one in rows[: len(before)]] == [
        {**one, "transaction_id": 0} for one in before
    ]
    assert len(rows) > len(before)
