"""Versions of what clients read over the API: what raises the ``version`` of a row (client-api-v2.md 1), and so
tells programs that it changed (``record_events.py``).

It counts changes of the columns that version 2 shows of the row itself (`VERSIONED`), and rows that are added to it
later. `tests/api/v2/reading/test_versions.py` compares this with what is shown.
"""

from collections.abc import Iterator
from functools import partial

from django.db.models import Model

from commerce.accounts.models import Client
from commerce.billing.models import CreditNote, Invoice
from commerce.db.triggers import Trigger, TriggerUpdate, TriggerVersion
from commerce.dns.models import Zone, ZoneVersion
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.orders.models import Order, OrderItem, OrderUnit
from commerce.record_events import EVENT_SOURCES, event_triggers, version_event

VERSIONED: dict[type[Model], str] = {
    Client: "first_name last_name email company phone address1 address2 city state postcode country currency_code"
    " pending_email status tax_id locale autopay",
    Service: "label domain status product_id billing_cycle amount currency_code next_due_date suspension_reason"
    " registration_date suspended_at terminated_at cancelled_at cancel_at username server_id options",
    Domain: "domain_name tld status registration_date expiry_date next_due_date auto_renew whois_privacy is_locked"
    " ns1 ns2 ns3 ns4 term_years currency_code contacts recurring_amount transfer_hold",
    Order: "status total currency_code subtotal discount tax_amount promo_code invoice_id",
    Invoice: "number status subtotal tax_amount total amount_due currency_code due_date paid_at issued_at issue_date"
    " credit_applied notes payment_reference",
    Zone: "name status domain_id dnssec is_delegated ends_on ended_at delegation_problems ds_records",
}
"""Columns of which each change is a new version, by model."""


def version_triggers() -> Iterator[Trigger]:
    """All that raise a version. Where a row is shown within another and changes later, its actions change both."""
    kinds = {source.model: kind for kind, source in EVENT_SOURCES.items()}
    versioned = {model: tuple(columns.split()) for model, columns in VERSIONED.items()}
    for model, columns in versioned.items():
        then = partial(version_event, kinds[model], columns)
        yield TriggerVersion(model._meta.db_table, columns, then)
    yield from event_triggers(versioned)
    yield _raising(CreditNote._meta.db_table, Invoice, "id = NEW.invoice_id")
    yield _raising(ZoneVersion._meta.db_table, Zone, "id = NEW.zone_id")
    order = f"id = (SELECT order_id FROM {OrderItem._meta.db_table} WHERE id = NEW.item_id)"  # noqa: S608
    yield _raising(OrderUnit._meta.db_table, Order, order)


def _raising(table: str, parent: type[Model], which: str) -> TriggerUpdate:
    raised = f"UPDATE {parent._meta.db_table} SET version = version + 1"  # noqa: S608 - our names
    return TriggerUpdate(table, "INSERT", "1 = 1", f"{raised} WHERE {which}")
