"""Each event of the list: an action that causes it, whom it reaches, and that it says all that its template may name.

An event without a cause fails: nobody would ever get its mail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core import mail

from commerce.accounts import actions as accounts
from commerce.accounts.actions.token_use import TokenUse
from commerce.accounts.models import Client, User
from commerce.billing import actions as billing
from commerce.billing.actions import cancellations
from commerce.billing.actions.plan_changes import reject_plan_change
from commerce.billing.models import PlanChange
from commerce.billing.service_emails import tell_of_plan_change, tell_of_termination_to_come
from commerce.domains import actions as domains
from commerce.domains.life import tell_expiry
from commerce.hosting import actions as hosting
from commerce.hosting.models import Service
from commerce.hosting.provisioning import request_creation
from commerce.jobs.models import Job
from commerce.jobs.running import run_one
from commerce.kit.actor import SYSTEM, Actor
from commerce.mail.actions import set_template
from commerce.mail.kinds import EVENTS
from commerce.mail.models import OutgoingMail
from commerce.orders import actions as orders
from commerce.payments.actions import declare_transfer, reject_declaration
from commerce.payments.actions.receipts import keep_stray
from commerce.preferences.actions import set_preference
from tests.make import (
    AT,
    PASSWORD,
    as_member,
    make_client,
    make_domain,
    make_invoice,
    make_member,
    make_order,
    make_payment,
    make_service,
    make_token,
    make_user,
)
from tests.make.codes import totp
from tests.make.mails import committed
from tests.make.renewals import RENEWED_AT, make_renewal
from tests.make.trade import make_credit_note

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SAY: dict[str, Any] = {"at": AT, "actor": SYSTEM}
ALICE, BILLS, STAFF, NEW = (
    *("alice@example.com", "bills@example.org", "staff@example.net", "new@example.org"),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A client with its owner; staff have an address."""

    client: Client
    alice: User

    @property
    def by_alice(self) -> dict[str, Any]:
        return {"at": AT, "actor": as_member(self.alice)}


def _new_address(scene: Scene) -> None:
    accounts.ask_email_change(user=scene.alice, email=NEW, **SAY)
    address = EmailAddress.objects.get(user=scene.alice, primary=False)
    accounts.prove_email(key=EmailConfirmationHMAC.create(address).key, **SAY)


def _unproven(_scene: Scene) -> None:
    user = make_user(NEW, verified=False)
    accounts.send_verification(user=user)


def _signs_in(scene: Scene) -> None:
    for device in ("Firefox", "Chrome"):
        say = {"methods": ["password"], "at": AT, "actor": Actor("member", address="192.0.2.1")}
        accounts.note_sign_in(user=scene.alice, device=device, **say)  # type: ignore[arg-type]


def _opened(_scene: Scene) -> None:
    accounts.open_account(
        owner_email=NEW,
        first_name="Ann",
        last_name="Doe",
        email=NEW,
        country="DE",
        currency_code="EUR",
        **SAY,
    )


def _revoked(scene: Scene) -> None:
    token, _plain = make_token(scene.client)
    accounts.revoke_token(token=token, **SAY)


def _elsewhere(scene: Scene) -> None:
    token, _plain = make_token(scene.client)
    for address in ("203.0.113.9", "198.51.100.7"):
        accounts.note_use(token_id=token.pk, uses=[TokenUse(address, 1, AT)])


def _left(scene: Scene) -> None:
    accounts.remove_member(membership=make_member(scene.client, NEW), **scene.by_alice)


def _reminded(scene: Scene, days: int) -> None:
    invoice = make_invoice(scene.client)
    assert invoice.due_date is not None
    at = AT + (invoice.due_date - AT.date()) + timedelta(days=days)
    billing.remind(invoice=invoice, day=at.date(), at=at, actor=SYSTEM)


def _late_fee(scene: Scene) -> None:
    set_preference(key="billing.late_fee_kind", value="percent", **SAY)
    set_preference(key="billing.late_fee_amount", value="10 %", **SAY)
    invoice = make_invoice(scene.client, status="overdue")
    billing.add_late_fee(invoice=invoice, **SAY)


def _declared(scene: Scene, *, rejected: bool = False) -> None:
    row = declare_transfer(invoice=make_invoice(scene.client), declared_by=None, **SAY)
    if rejected:
        reject_declaration(declaration=row, reason="Nothing came.", **SAY)


def _stray(scene: Scene) -> None:
    keep_stray(
        gateway="bank_transfer",
        transaction_id="x",
        amount=300,
        currency_code="EUR",
        received_on=AT.date(),
        reason="reference",
        invoice=make_invoice(scene.client),
        **SAY,
    )


def _leaves(scene: Scene, answer: str = "") -> None:
    service = make_service(scene.client)
    request = cancellations.request_cancellation(
        service=service, kind="end_of_period", reason="too dear", **SAY
    )
    if answer == "approved":
        cancellations.approve_cancellation(request=request, **SAY)
    elif answer:
        cancellations.reject_cancellation(request=request, note="No.", **SAY)


def _plan(scene: Scene, status: str) -> None:
    service = make_service(scene.client)
    pending = status == "rejected"
    change = PlanChange.objects.create(
        client=scene.client,
        service=service,
        product=service.product,
        billing_cycle="monthly",
        amount=900,
        credit=100,
        charge=400,
        status="pending" if pending else status,
        created_at=AT,
    )
    if pending:
        reject_plan_change(change=change, note="No.", **SAY)
    else:
        tell_of_plan_change(change=change, old_name="Old plan", at=AT)


def _warned(scene: Scene) -> None:
    service = make_service(scene.client, "suspended")
    tell_of_termination_to_come(service=service, on=AT.date(), at=AT)


def _resumed(scene: Scene) -> None:
    hosting.resume_service(service=make_service(scene.client, "suspended"), **SAY)


def _expiring(scene: Scene) -> None:
    domain = make_domain(scene.client)
    assert domain.expiry_date is not None
    day = domain.expiry_date - timedelta(days=7)
    tell_expiry(domain=domain, day=day, at=AT)


def _renewed(scene: Scene) -> None:
    domain = make_domain(scene.client)
    assert domain.expiry_date is not None
    domains.renew_domain(domain=domain, expiry_date=domain.expiry_date + timedelta(365), **SAY)


def _transferred(scene: Scene) -> None:
    domain = make_domain(scene.client, "pending_transfer")
    domains.confirm_registration(
        domain=domain,
        registration_date=AT.date(),
        expiry_date=AT.date() + timedelta(365),
        **SAY,
    )


def _parked(scene: Scene) -> None:
    service = make_service(scene.client, "pending")
    request_creation(service=service, cause="test", **SAY)


def _too_late(scene: Scene) -> None:
    invoice = make_renewal(scene.client)
    hosting.terminate_service(service=Service.objects.get(), **SAY)
    make_payment(invoice, at=RENEWED_AT)


type Cause = Callable[[Scene], object]

CAUSES: dict[str, tuple[Cause, str]] = {
    "welcome": (_opened, NEW),
    "verify_email": (_unproven, NEW),
    "account_exists": (lambda _: accounts.tell_account_exists(email=ALICE, at=AT), ALICE),
    "password_reset": (lambda _: accounts.send_password_reset(email=ALICE, **SAY), ALICE),
    "password_changed": (
        lambda s: accounts.change_password(
            user=s.alice, password=f"another {PASSWORD}", keep=None, **SAY
        ),
        ALICE,
    ),
    "email_change_asked": (
        lambda s: accounts.ask_email_change(user=s.alice, email=NEW, **SAY),
        ALICE,
    ),
    "email_changed": (_new_address, f"{ALICE} {NEW}"),
    "confirm_billing_email": (
        lambda s: accounts.change_client(client=s.client, email=NEW, **s.by_alice),
        NEW,
    ),
    "billing_email_changed": (
        lambda s: accounts.change_client(client=s.client, email=NEW, **SAY),
        f"{ALICE} {BILLS}",
    ),
    "two_factor_changed": (
        lambda s: accounts.add_totp(
            user=s.alice, secret=SECRET, code=totp(SECRET, AT), keep=None, **SAY
        ),
        ALICE,
    ),
    "new_sign_in": (_signs_in, ALICE),
    "sign_in_blocked": (lambda _: accounts.note_blocked(email=ALICE, **SAY), ALICE),
    "api_token_created": (lambda s: make_token(s.client), ALICE),
    "api_token_new_network": (_elsewhere, ALICE),
    "api_token_revoked": (_revoked, ALICE),
    "member_invited": (
        lambda s: accounts.invite(
            client=s.client, email=NEW, role="billing", rights=["invoices.view"], **s.by_alice
        ),
        NEW,
    ),
    "member_changed": (_left, f"{ALICE} {NEW}"),
    "invoice_created": (lambda s: make_invoice(s.client), BILLS),
    "invoice_reminder": (lambda s: _reminded(s, -3), BILLS),
    "invoice_overdue": (lambda s: _reminded(s, 3), BILLS),
    "invoice_paid": (lambda s: make_invoice(s.client, "paid"), BILLS),
    "payment_received": (lambda s: make_payment(make_invoice(s.client), amount=500), BILLS),
    "transfer_rejected": (lambda s: _declared(s, rejected=True), BILLS),
    "credit_added": (
        lambda s: billing.add_credit(client=s.client, currency_code="EUR", amount=500, **SAY),
        BILLS,
    ),
    "credit_note_created": (lambda s: make_credit_note(s.client), BILLS),
    "late_fee_added": (_late_fee, BILLS),
    "order_placed": (lambda s: make_order(s.client), BILLS),
    "order_activated": (lambda s: make_order(s.client, "active"), ALICE),
    "order_cancelled": (lambda s: make_order(s.client, "cancelled"), BILLS),
    "order_rejected": (
        lambda s: orders.reject_order(order=make_order(s.client), reason="odd", **SAY),
        BILLS,
    ),
    "service_activated": (lambda s: make_service(s.client), ALICE),
    "service_suspended": (lambda s: make_service(s.client, "suspended"), ALICE),
    "service_unsuspended": (_resumed, ALICE),
    "service_terminating": (_warned, ALICE),
    "service_terminated": (lambda s: make_service(s.client, "terminated"), ALICE),
    "service_cancelled": (
        lambda s: hosting.cancel_service(service=make_service(s.client), **SAY),
        ALICE,
    ),
    "cancellation_received": (_leaves, ALICE),
    "cancellation_approved": (lambda s: _leaves(s, "approved"), ALICE),
    "cancellation_rejected": (lambda s: _leaves(s, "rejected"), ALICE),
    "plan_change_received": (lambda s: _plan(s, "pending"), ALICE),
    "plan_change_applied": (lambda s: _plan(s, "applied"), ALICE),
    "plan_change_rejected": (lambda s: _plan(s, "rejected"), ALICE),
    "domain_registered": (lambda s: make_domain(s.client), ALICE),
    "domain_transferred_in": (_transferred, ALICE),
    "domain_expiring": (_expiring, ALICE),
    "domain_renewed": (_renewed, ALICE),
    "domain_expired": (lambda s: make_domain(s.client, "expired"), ALICE),
    "domain_redemption": (lambda s: make_domain(s.client, "redemption"), ALICE),
    "domain_transferred_away": (lambda s: make_domain(s.client, "transferred_away"), ALICE),
    "cancellation_requested": (_leaves, STAFF),
    "plan_change_requested": (lambda s: _plan(s, "pending"), STAFF),
    "task_parked": (_parked, STAFF),
    "transfer_declared": (_declared, STAFF),
    "late_payment": (
        lambda s: make_payment(make_invoice(s.client, "cancelled"), amount=300),
        STAFF,
    ),
    "stray_receipt": (_stray, STAFF),
    "paid_after_termination": (_too_late, STAFF),
}
"""What makes each mail, and to whom it then goes."""

ELSEWHERE = {
    "price_changed": "flows/test_new_prices.py",
    "price_change_dropped": "billing/test_price_changes.py",
    "vat_number_invalid": "billing/tax/test_vat.py",
    "vat_service_down": "billing/tax/test_vat.py",
    "tax_rule_missing": "billing/tax/test_stored_rules.py",
    "order_awaiting_approval": "orders/test_life.py",
    "run_failed": "billing/daily/test_runner.py",
    "run_missing": "billing/daily/test_past.py",
    "proof_failed": "proof/test_proving.py",
    "jobs_parked": "billing/daily/test_upkeep.py",
    "renewals_waiting": "billing/test_domain_renewals.py",
}
"""Events with a longer story, which these tests tell."""

COMES_LATER = {"autopay_date", "country", "due_by"}
"""Names whose part comes later: saved cards, the country of an address, the days of stray money."""


def test_each_event_has_a_cause() -> None:
    assert CAUSES.keys() | ELSEWHERE.keys() == EVENTS.keys()
    assert not CAUSES.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize("event", CAUSES)
def test_an_event_reaches_whom_it_concerns_and_says_all(event: str) -> None:
    set_preference(key="company.email", value=STAFF, **SAY)
    alice = make_user(ALICE)
    scene = Scene(make_client(owner=alice, email=BILLS), alice)
    cause, to = CAUSES[event]
    cause(scene)
    while jobs := list(Job.objects.due(AT).exclude(action__in=["mail.send", "documents.make"])):
        for job in jobs:
            run_one(job, at=AT)
    rows = OutgoingMail.objects.filter(event=event)
    assert sorted(row.recipient for row in rows) == sorted(to.split())
    kind = EVENTS[event]
    for row in rows:
        missing = {*kind.variables, "client_name", "client_email", "date"} - row.values.keys()
        assert kind.link or not missing - COMES_LATER


@pytest.mark.parametrize("event", sorted(name for name in EVENTS if EVENTS[name].link))
def test_a_mail_with_a_link_says_all_though_no_row_keeps_it(event: str) -> None:
    alice = make_user(ALICE)
    scene = Scene(make_client(owner=alice, email=BILLS), alice)
    cause, to = CAUSES[event]
    names = EVENTS[event].variables
    text = "\n".join(f"{name}: <{{{name}}}>" for name in names)
    set_template(event=event, locale="en", subject=event, html="", text=text, **SAY)
    with committed():
        cause(scene)
    (message,) = [one for one in mail.outbox if one.subject == event]
    assert message.to == [to]
    said = str(message.body).split()
    assert [said.index(f"{name}:") >= 0 for name in names]
    assert "<>" not in said
