"""What programs of clients are told, for reading: the feed and webhooks alone have it (``client_feed.py``)."""

from commerce.events.models import ClientEvent
from commerce.presentation.records import RecordFields

CLIENT_EVENT_FIELDS = RecordFields(
    ClientEvent,
    (),
    apart="id client_id sequence type at actor_kind resource_kind resource_id version changed status_before status"
    " amount currency_code date_before date number transaction_id",
)
