"""The rows that an action locks, in their order: who reads and then writes must not be overtaken (invariants.md 4).

A lock that was left out changed no other test: only two at once would meet what it keeps apart, and only now and then.
"""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from commerce.accounts.actions.clients import change_client
from tests import make
from tests.audit.cases import CASES, CTX

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no row locks"),
]

LOCKED = {
    "billing.add_credit": "creditaccount",
    "billing.add_late_fee": "invoice client creditaccount",
    "billing.apply_credit": "invoice creditaccount invoice",
    "billing.apply_price_changes_to_domains": "domain",
    "billing.apply_price_changes_to_services": "service",
    "billing.change_draft": "invoice",
    "billing.credit_invoice": "invoice numbersequence numbersequence",
    "billing.delete_draft": "invoice",
    "billing.hold_suspension": "invoice",
    "billing.issue_invoice": "invoice creditaccount numbersequence numbersequence",
    "billing.move_billed_period": "service",
    "billing.pay_out_credit": "creditaccount",
    "billing.post_credit": "creditaccount",
    "billing.receive_payment": "invoice",
    "billing.book_failed_refund": "invoice creditaccount",
    "billing.send_reminder": "invoice",
    "billing.remove_credit": "creditaccount",
    "billing.reprice_client": "client",
    "billing.reverse_settlement": "invoice",
    "billing.void_invoice": "invoice numbersequence numbersequence",
    "domains.mark_domain_sent": "domain",
    "domains.renew_domain": "domain",
    "hosting.advance_service_due_date": "service",
    "hosting.edit_service": "service service",
    "orders.activate_paid_order": "order service server",
    "orders.cancel_order_without_invoice": "service service",
    "orders.set_order_notes": "order",
    "payments.apply_payment_report": "client invoice",
    "payments.assign_unallocated_payment": "unallocatedpayment client invoice",
    "payments.confirm_transfer_notice": "client invoice",
    "payments.submit_transfer_notice": "client invoice invoice",
    "payments.process_gateway_event": "gatewayevent client invoice",
    "payments.open_attempt": "attempt",
    "payments.open_card_setup": "cardsetup",
    "payments.apply_card_report": "client",
    "payments.forget_card": "savedcard",
    "payments.make_card_default": "savedcard",
    "payments.remove_card": "savedcard",
    "payments.save_card": "",
    "payments.stop_card": "savedcard",
    "payments.update_card": "savedcard",
    "payments.book_reported_payment": "client invoice",
    "payments.record_payment": "client invoice",
    "payments.record_manual_payment": "client invoice",
    "payments.apply_refund_report": (
        "client payment client payment invoice invoice numbersequence numbersequence client payment"
    ),
    "payments.reverse_payment": "client payment invoice",
    "payments.start_attempt": "client invoice",
}
_LOCK = re.compile(r'FROM "\w+_(\w+)".* FOR (?:NO KEY )?UPDATE')


def locked(seen: CaptureQueriesContext) -> str:
    """The tables of rows that a SELECT locks; an action that raises a client's revision locks the client by that."""
    found = (_LOCK.search(query["sql"]) for query in seen.captured_queries)
    return " ".join(match[1] for match in found if match)


@pytest.mark.parametrize("name", LOCKED)
def test_each_lock_is_taken_in_its_order(name: str) -> None:
    act = CASES[name](make.make_client())
    with CaptureQueriesContext(connection) as seen:
        act()
    assert locked(seen) == LOCKED[name]


def test_a_client_is_locked_while_it_is_changed() -> None:
    client = make.make_client()
    with CaptureQueriesContext(connection) as seen:
        change_client(client=client, company="Another Ltd", ctx=CTX)
    assert locked(seen).startswith("client")
