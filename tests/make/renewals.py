"""Services that are due, and their renewals, for tests."""

from datetime import datetime, timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.renewals import RenewalResult, renew_services
from commerce.kit.context import SYSTEM, Context
from tests.make.people import AT, make_client
from tests.make.records import make_service

RENEWED_AT = AT + timedelta(days=23)
"""1 May: a monthly service that became active at ``AT`` is due on 8 May, and billed 7 days before."""


def renew_services_of(client: Client, at: datetime = RENEWED_AT) -> RenewalResult:
    """The step ``renew`` of one client."""
    return renew_services(client_id=client.pk, day=at.date(), ctx=Context(at, SYSTEM))


def make_renewal(client: Client | None = None, *, services: int = 1, **over: Any) -> Invoice:
    """The open invoice over the second period of new monthly services at 5.00."""
    client = client or make_client()
    for _ in range(services):
        make_service(client, **over)
    [made] = renew_services_of(client).invoices
    return Invoice.objects.get(pk=made)
