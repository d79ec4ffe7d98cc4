"""Actions on names at their registrar, for the tests of all actions (tests/audit/cases.py)."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.periods.actions import domain_requests as requests
from commerce.domains.actions import changes, losses, registrar_results, staff, transfers
from commerce.domains.actions.drifts import note_drift
from commerce.domains.actions.editing import set_contacts
from commerce.domains.actions.states import start_domain_transfer
from commerce.domains.models import Domain, Tld, TldPrice
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from commerce.domains.registrars.registry import registrar_name_of
from commerce.domains.rules import TransferHold, TransferProblem
from commerce.kit.context import SYSTEM, Context
from commerce.orders.actions.undelivered import credit_undelivered_domain
from tests import make
from tests.make.records import make_domain_item
from tests.make.registrants import REGISTRANT

CTX = Context(make.AT + timedelta(days=60), SYSTEM)
HOSTS = ("ns1.acme.net", "ns2.acme.net")
INFO = DomainInfo(state=RegistrarState.ACTIVE, expiry=date(2028, 1, 1))
CONTACTS = {"registrant": REGISTRANT}

type Act = Callable[[], object]
type Case = Callable[[Client], Act]


def domain(act: Callable[..., object], status: str = "active", **more: Any) -> Case:
    return lambda client: prepared(act, domain=make.make_domain(client, status), **more)


def prepared(act: Callable[..., object], **given: Any) -> Act:
    return lambda: act(**given, ctx=CTX)


def under_way(act: Callable[..., object], **more: Any) -> Case:
    return lambda client: prepared(act, change=asked(make.make_domain(client)), **more)


def asked(found: Domain) -> changes.DomainChange:
    return changes.request_nameservers(
        domain=found,
        nameservers=HOSTS,
        parent=changes.ParentDs(make.AT),
        ctx=Context(make.AT, SYSTEM),
    )


def given(act: Callable[..., object], **more: Any) -> Case:
    """On a transfer that waits for its code."""

    def case(client: Client) -> Act:
        item = make_domain_item(action="transfer", nameservers=())
        order = make.make_order(client, items=[item])
        found = Domain.objects.get(order_unit__item__order=order)
        before = Context(make.AT, SYSTEM)
        start_domain_transfer(domain=found, registrar="manual", ctx=before)
        transfers.hold_transfer(domain=found, hold=TransferHold.CODE_MISSING, ctx=before)
        return prepared(act, domain=found, **more)

    return case


def sold(client: Client, status: str = "active") -> Domain:
    tld, _ = Tld.objects.get_or_create(tld="example", is_active=False)
    TldPrice.objects.get_or_create(tld=tld, currency_id="EUR", renew=1200, restore=8000)
    return make.make_domain(client, status, expiry_date=CTX.at.date())


def billed(act: Callable[..., object]) -> Case:
    def case(client: Client) -> Act:
        found = make.make_domain(client)
        requests.renew_domain_now(domain=found, ctx=Context(make.AT, SYSTEM))
        return prepared(act, domain=found)

    return case


def undelivered(client: Client) -> Act:
    order = make.make_order(client, items=[make_domain_item()])
    found = Domain.objects.get(order_unit__item__order=order)
    return prepared(credit_undelivered_domain, domain=found)


def missing(client: Client) -> Act:
    found = make.make_domain(client)
    gone = RegistrarState.GONE
    note_drift(domain=found, field="status", theirs=gone, ctx=Context(make.AT, SYSTEM))
    slug = registrar_name_of(found)
    return prepared(losses.end_missing_names, registrar=slug, domains=[found], reason="Left")


def away(client: Client) -> Domain:
    """Transferred away from a registrar that can be asked."""
    found = make.make_domain(client, "transferred_away")
    Domain.objects.filter(pk=found.pk).update(registrar="opensrs", expiry_date=INFO.expiry)
    found.refresh_from_db()
    return found


CASES: dict[str, Case] = {
    "domains.end_missing_names": missing,
    "domains.bring_domain_back": lambda client: prepared(
        losses.bring_domain_back, domain=away(client), info=INFO, reason="It is ours"
    ),
    "domains.request_domain_back": lambda client: prepared(
        losses.request_domain_back, domain=away(client), reason="It is ours"
    ),
    "domains.request_domains_back": lambda client: prepared(
        losses.request_domains_back, domains=[away(client)], reason="It is ours"
    ),
    "domains.request_nameservers": domain(
        changes.request_nameservers, nameservers=HOSTS, parent=changes.ParentDs(CTX.at)
    ),
    "domains.request_contacts": domain(changes.request_contacts, contacts=CONTACTS),
    "domains.finish_change": under_way(changes.finish_change),
    "domains.fail_change": under_way(changes.fail_change, problem="refused"),
    "domains.set_contacts": domain(set_contacts, contacts=CONTACTS),
    "domains.confirm_at_registrar": domain(
        registrar_results.confirm_at_registrar, "pending", info=INFO, years=1
    ),
    "domains.report_taken_name": domain(registrar_results.report_taken_name, "pending"),
    "domains.record_renewal": domain(
        registrar_results.record_renewal, expected=date(2030, 1, 1), expiry=date(2030, 1, 1)
    ),
    "domains.correct_expiry": domain(
        staff.correct_expiry, expiry_date=date(2028, 2, 1), reason="Renewed there"
    ),
    "domains.cancel_transfer": given(transfers.cancel_transfer),
    "domains.hold_transfer": domain(
        transfers.hold_transfer, "pending_transfer", hold=TransferHold.CODE_WRONG
    ),
    "domains.end_transfer": domain(
        transfers.end_transfer, "pending_transfer", problem=TransferProblem.REFUSED
    ),
    "billing.renew_domain_now": lambda client: prepared(
        requests.renew_domain_now, domain=sold(client)
    ),
    "billing.restore_domain": lambda client: prepared(
        requests.restore_domain, domain=sold(client, "redemption")
    ),
    "billing.void_open_renewal": billed(requests.void_open_renewal),
    "billing.switch_auto_renew": domain(requests.switch_auto_renew, enabled=False),
    "billing.change_term": domain(requests.change_term, years=2),
    "orders.credit_undelivered_domain": undelivered,
}

UNSEEN = {
    *("domains.fail_change", "domains.report_taken_name"),
    "domains.set_domain_notes",
    *("domains.request_domain_back", "domains.request_domains_back"),
}
"""What the API does not show."""

PARTS = {
    *("domains.take_verification", "domains.waits_for_holder"),
    *("domains.record_change", "domains.move_change", "domains.fail_open_changes"),
    *("domains.call_transfer_off", "domains.resume_transfer", "domains.note_drift"),
    *("domains.resolve_drift", "domains.resolve_drifts", "domains.end_work"),
    *("domains.drift_report", "billing.invoice_terms"),
    *("billing.give_back_dropped_renewal", "billing.give_back_renewal"),
    *("domains.end_missing", "domains.note_found", "domains.update_brake"),
    *("billing.credit_rest_of_lines", "billing.abandon_renewals_of_lost_domain"),
}
"""What other actions consist of."""

ON_THEIR_OWN = {
    *(
        "domains.fetch_auth_code",
        "domains.show_auth_code",
        "domains.give_new_code",
        "domains.resend_verification",
    ),
    *("domains.ask_for_auth_code", "domains.check_auth_code", "domains.note_auth_code"),
    *("domains.request_sync", "domains.request_syncs", "domains.queue_sync"),
}
"""Their own tests say what they change."""

EXPECTED_ENTRIES: dict[str, list[str]] = {
    "billing.change_term": [
        "domain.term_changed recurring_amount=1200 term_years=1 > recurring_amount=2400 term_years=2",
    ],
    "billing.edit_domain_terms": [
        "domain.price_changed recurring_amount=1200 > recurring_amount=999 (agreed)"
    ],
    "billing.renew_domain_now": [
        "invoice.drafted currency=EUR kind=domain_renewal total=1200 staff",
        "invoice.unpaid status=draft > status=unpaid",
        "InvoiceIssued amount_due=1200 invoice_id=#",
    ],
    "billing.restore_domain": [
        "invoice.drafted currency=EUR kind=domain_renewal total=9200 staff",
        "invoice.unpaid status=draft > status=unpaid",
        "domain.registrar_chosen registrar=manual",
        "domain.restore_requested",
        "InvoiceIssued amount_due=9200 invoice_id=#",
    ],
    "billing.switch_auto_renew": [
        "domain.auto_renew_set auto_renew=True > auto_renew=False",
    ],
    "billing.void_open_renewal": [
        "billed_period.released status=open > status=released (...)",
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (...)",
        "invoice.cancelled status=unpaid > status=cancelled (...)",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
    ],
    "orders.credit_undelivered_domain": [
        "domain.cancelled status=pending > status=cancelled",
        "credit_note.issued currency=EUR invoice=INV-0001 total=1200 (...)",
        "invoice.cancelled status=unpaid > status=cancelled (...)",
        "DomainCancelled domain_id=#",
        "InvoiceClosed invoice_id=#",
        "CreditNoteIssued credit_note_id=#",
    ],
}
"""What those on money write."""
