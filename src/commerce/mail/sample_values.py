"""Made-up values for each name that a template may use: for previews, test mails and tests."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.conf import settings

from commerce.kit.money import Money
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.template_values import days_ago, days_from_now

_TEXTS = {
    "client_name": "Example Ltd",
    "client_email": "billing@example.com",
    "client_id": "17",
    "recipient_name": "Alice",
    "ip": "203.0.113.7",
    "country": "Norway",
    "countries": "Germany and France",
    "device": "Firefox on Linux",
    "what": "Passkey added",
    "old_email": "alice@example.com",
    "new_email": "alice@example.org",
    "list_name": "invoices",
    "machine_name": "Bookkeeping",
    "token_name": "accounting sync",
    "endpoint": "Warehouse",
    "per_purchase": Money(5000, "EUR"),
    "per_30_days": Money(20000, "EUR"),
    "scopes": "services:read, invoices:read",
    "by": "alice@example.com",
    "by_staff": "",
    "ended": "✓",
    "inviter": "alice@example.com",
    "role": "Billing",
    "member": "Bob Doe (bob@example.com)",
    "invoice_number": "INV-0042",
    "late_invoice_number": "INV-0041",
    "credit_note_number": "CN-0007",
    "gateway": "Stripe",
    "module": "cPanel",
    "group": "eu",
    "order_number": "ORD-0012",
    "quote_number": "Q-0007",
    "attached": "✓",
    "receipt": "✓",
    "tax_note": "plus 23% VAT",
    "last_try": "",
    "plan": "",
    "reason": "Overpayment",
    "payment_method": "Visa •••• 4242",
    "brand": "Visa",
    "last4": "4242",
    "tax_id": "DE123456789",
    "item_name": "Web hosting M",
    "single": "",
    "service_name": "Web hosting M",
    "service_domain": "example.com",
    "username": "exampleco",
    "server_hostname": "web1.example.net",
    "note": "Thank you for telling us.",
    "currency": "USD",
    "books_currency": "EUR",
    "old_rate": "0.92",
    "new_rate": "0.71",
    "from": "Web hosting S",
    "to": "Web hosting M",
    "domain_name": "example.com",
    "zone_name": "example.com",
    "server": "PowerDNS",
    "auto_renew": "✓",
    "auto_apply": "✓",
    "kind": "At the end of the billing period",
    "in_days": days_from_now(3),
    "days_ago": days_ago(3),
    "only_if_paid": "",
    "not_renewed": "",
    "renewal_paid": "",
    "asked": "✓",
    "ending_kind": "Ordinary cancellation",
    "ends_on": "As early as possible",
    "is_signed_in": "",
    "is_unproven": "✓",
    "at_once": "",
    "at_end": "✓",
    "reference": "RF71PC17",
    "error": "The panel did not answer.",
    "why": "You get this email because your permissions include what it asks for.",
    "step": "renew",
    "not_charged": "",
    "who": "alice@example.com",
    "on_request": "",
    "email": "alice@example.com",
    "no_email": "",
    "is_suspended": "",
    "is_pending": "✓",
    "contract": "Web hosting M (example.com)",
    "answer": "We refunded your payment today.",
    "outcome": "Ends today; €15.00 goes back.",
    "remote": "Server web1",
    "problem": "It has no account of ten that it should have.",
    "registrar": "OpenSRS",
    "names": "40",
    "code": "INVALID_INPUT",
    "own_tax_id": "",
    "withdrawal": "Right of withdrawal\n\nYou can withdraw from this contract within 14 days without giving a reason.",
}
_OF_EVENT: Mapping[str, Mapping[str, Any]] = {
    "consumer_receipt": {"kind": "Withdrawal from a contract"},
    "consumer_statement_made": {"kind": "Withdrawal from a contract"},
    "consumer_statement_carried_out": {"kind": "Withdrawal from a contract"},
    "consumer_statement_answered": {"kind": "Withdrawal from a contract"},
    "consumer_statement": {"kind": "Withdrawal from a contract"},
    "cancellation_requested": {"reason": "We no longer need it."},
    "plan_change_not_carried_out": {"reason": "Web hosting M is no longer sold."},
    "plan_change_lapsed": {"reason": "It wasn't paid in time."},
    "service_suspended": {"reason": "Invoice INV-0042 is overdue"},
    "transfer_rejected": {"reason": "The transfer didn't arrive."},
    "payment_failed": {"reason": "The card has expired."},
    "domain_transfer_problem": {"reason": "The authorization code isn't correct."},
    "dispute_opened": {"reason": "Not recognized"},
    "unallocated_payment": {"reason": "No invoice has this reference."},
    "paid_after_termination": {"reason": "INV-0042"},
    "credit_note_created": {"reason": "Billed twice"},
    "member_changed": {"what": "Role changed"},
    "task_to_do": {"what": "Set up Web hosting M", "single": "Set up Web hosting M", "count": ""},
    "job_parked": {"what": "Set up Web hosting M"},
    "jobs_parked": {"waiting": ["Set up Web hosting M for Example Ltd", "Renew example.com"]},
    "payments_differ": {"waiting": ["INV-0042: 15.00 EUR here, 12.00 EUR at Stripe"]},
    "zones_differ": {"waiting": ["example.com\n- www 3600 IN A 203.0.113.7"]},
    "rehearsal_done": {
        "file": "commerce-20260408T031500Z.tar.gz",
        "waiting": ["Invoices: 1,204 → 1,207", "Invoice renewals of services: 14"],
    },
    "rehearsal_failed": {"file": "commerce-20260408T031500Z.tar.gz"},
    "proof_failed": {
        "waiting": ["Invoices whose sums don't add up: 2", "Services without a price: 1"]
    },
    "registrar_balance_low": {"limit": Money(10000, "EUR")},
    "registry_messages": {"waiting": ["example.com: transfer to another registrar requested"]},
    "servers_nearly_full": {"waiting": ["web1: 190 of 200", "web2: 97 of 100"], "percent": 95},
    "server_accounts_differ": {
        "server": "web1",
        "waiting": ["exampleco: suspended here, active there"],
    },
    "erasure_blocked": {"waiting": ["Service Web hosting M is active."]},
    "erasure_blocked_staff": {"waiting": ["Service Web hosting M is active."]},
    "daily_digest": {
        "waiting": ["Orders to approve: 2", "Payments without an invoice: 1"],
        "has_waiting": True,
        "has_news": True,
    },
}
"""What a name means in one event, where that is something of its own."""

_DAYS = (
    "invoice_due_date autopay_date suspension_date cancel_date expiry_date last_day due_by from_date next_try_date"
    " expiry end_date erasure_date rate_date renewal_date stops_on valid_until"
)
_AMOUNTS = (
    "invoice_total amount_due amount balance fee total credited difference to_pay charge unused paid old_amount"
    " new_amount"
)
_NUMBERS = "expires_minutes expires_days days_left days_late grace_period_days count percent"


_DAY = date(2026, 1, 31)
_ROW = {
    "domain": "example.com",
    "old_amount": Money(1000, "EUR"),
    "new_amount": Money(1200, "EUR"),
    "from_date": _DAY,
}
_ITEMS = [
    {"description": "Web hosting M, example.com", "amount": Money(1200, "EUR"), **_ROW},
    {"description": "Backup", "amount": Money(300, "EUR"), **_ROW},
]


def sample_values(event: str) -> dict[str, Any]:
    """A value for each name that the event's template may use, as an app would pass it."""
    known: dict[str, Any] = {
        **_TEXTS,
        **dict.fromkeys(_DAYS.split(), _DAY),
        **dict.fromkeys(["date", "resume_date", "termination_date"], _DAY),
        **dict.fromkeys(_AMOUNTS.split(), Money(1500, "EUR")),
        **dict.fromkeys(_NUMBERS.split(), 3),
        "when": datetime(2026, 1, 31, 12, 30, tzinfo=UTC),
        "since": datetime(2026, 1, 26, 12, 30, tzinfo=UTC),
        "until": datetime(2026, 1, 31, 13, 30, tzinfo=UTC),
        "items": _ITEMS,
        "sums": [
            {"description": "Subtotal", "amount": Money(1500, "EUR")},
            {"description": "VAT 23%", "amount": Money(345, "EUR")},
            {"description": "Total", "amount": Money(1845, "EUR")},
        ],
        "waiting": [
            "example.com expires on 2026-02-03; its renewal to 2027-02-03 is paid but not completed."
        ],
        "details": ["Client: Example Ltd", "Domain: example.com"],
        "news": [f"Order ORD-0012 needs approval: {settings.COMMERCE_URL}/admin/orders/12"],
        "settings_url": f"{settings.COMMERCE_URL}/admin/settings/domains",
        "task_url": f"{settings.COMMERCE_URL}/admin/orders/12",
        "choices_url": f"{settings.COMMERCE_URL}/admin/profile/notifications",
        "nameservers": ["ns1.example.net", "ns2.example.net"],
        "paid_with": ["Visa •••• 4242"],
        "documents": ["INV-0042", "CN-0007"],
    }
    client = f"{settings.COMMERCE_URL}/client"
    wanted = [
        "date",
        "client_name",
        "client_email",
        "client_id",
        "recipient_name",
        *MAIL_EVENTS[event].variables,
    ]
    known |= _OF_EVENT.get(event, {})
    return {name: known.get(name, f"{client}/{name.removesuffix('_url')}") for name in wanted}
