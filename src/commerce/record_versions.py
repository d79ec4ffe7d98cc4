"""Versions of what clients read over the API: what raises the ``version`` of a row (client-api-v2.md 1).

It counts changes of the columns that version 2 shows of the row itself (`VERSIONED`), and of rows that are shown
within it and may change after it was made. `tests/api/v2/test_versions.py` compares this with what is shown.
"""

from collections.abc import Iterator

from django.db.models import Model

from commerce.accounts.models import Client, RecordMetadata
from commerce.billing.models import CancellationRequest, CreditNote, Invoice
from commerce.db.triggers import Trigger, TriggerUpdate, TriggerVersion
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.orders.models import Order, OrderItem, OrderUnit
from commerce.payments.models import Payment, PaymentShare

VERSIONED: dict[type[Model], str] = {
    Client: "first_name last_name email company phone address1 address2 city state postcode country currency_code"
    " status tax_id locale autopay",
    Service: "label domain status product_id billing_cycle amount currency_code next_due_date suspension_reason"
    " registration_date suspended_at terminated_at cancelled_at cancel_at username server_id options",
    Domain: "domain_name tld status registration_date expiry_date next_due_date auto_renew whois_privacy is_locked"
    " ns1 ns2 ns3 ns4 term_years currency_code",
    Order: "status total currency_code subtotal discount tax_amount promo_code invoice_id on_hold",
    Invoice: "number status subtotal tax_amount total amount_due currency_code due_date paid_at issued_at issue_date"
    " credit_applied notes payment_reference",
}
"""Columns of which each change is a new version, by model."""

_WITH_METADATA: dict[str, type[Model]] = {"service": Service, "domain": Domain, "order": Order}


def version_triggers() -> Iterator[Trigger]:
    """All that raise a version. A payment that is made changes the row of its invoice by itself."""
    for model, columns in VERSIONED.items():
        yield TriggerVersion(model._meta.db_table, tuple(columns.split()))
    payment, share = Payment._meta.db_table, PaymentShare._meta.db_table
    shares = f"SELECT invoice_id FROM {share} WHERE payment_id = NEW.id"  # noqa: S608 - our names
    of_payment = f"id = NEW.invoice_id OR id IN ({shares})"
    yield _raising(payment, "UPDATE", Invoice, of_payment, _differs("status amount invoice_id"))
    yield _raising(CreditNote._meta.db_table, "INSERT", Invoice, "id = NEW.invoice_id")
    request = CancellationRequest._meta.db_table
    yield _raising(request, "INSERT", Service, "id = NEW.service_id")
    yield _raising(request, "UPDATE", Service, "id = NEW.service_id", _differs("status kind"))
    order = f"id = (SELECT order_id FROM {OrderItem._meta.db_table} WHERE id = NEW.item_id)"  # noqa: S608
    yield _raising(OrderUnit._meta.db_table, "INSERT", Order, order)
    yield from _of_metadata()


def _of_metadata() -> Iterator[Trigger]:
    """A reference or metadata belongs to what its record shows."""
    table = RecordMetadata._meta.db_table
    for event, row in (("INSERT", "NEW"), ("UPDATE", "NEW"), ("DELETE", "OLD")):
        raised = [
            f"UPDATE {model._meta.db_table} SET version = version + 1"  # noqa: S608 - our names
            f" WHERE {row}.kind = '{kind}' AND id = {row}.record_id"
            for kind, model in _WITH_METADATA.items()
        ]
        yield TriggerUpdate(table, event, "1 = 1", "; ".join(raised))


def _raising(
    table: str, event: str, parent: type[Model], which: str, condition: str = "1 = 1"
) -> TriggerUpdate:
    raised = f"UPDATE {parent._meta.db_table} SET version = version + 1"  # noqa: S608 - our names
    return TriggerUpdate(table, event, condition, f"{raised} WHERE {which}")


def _differs(columns: str) -> str:
    return " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in columns.split())
