"""Each event of the list: an action that causes it, whom it reaches, and that it says all that its template may name.
An event without a cause fails: nobody would ever get its mail.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from django.core import mail

from commerce.accounts.actions.api_writes.spending import set_spending_limit
from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.members import remove_member
from commerce.accounts.actions.mfa import add_totp
from commerce.accounts.actions.passwords import change_password, send_password_reset
from commerce.accounts.actions.registration import open_client_account
from commerce.accounts.actions.sessions import record_sign_in, send_sign_in_blocked_email_to_user
from commerce.accounts.actions.token_usage import TokenUse, record_token_uses
from commerce.accounts.actions.tokens import revoke_token, rotate_token
from commerce.accounts.actions.users import (
    request_email_change,
    send_account_exists_email_to_owner,
    send_verification,
    verify_email,
)
from commerce.accounts.models import Client, User
from commerce.billing.changes.cancellations import actions
from commerce.billing.changes.plan_changes.actions.requests import reject_plan_change
from commerce.billing.changes.plan_changes.emails import (
    send_plan_change_email,
    send_plan_change_requested_email,
)
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import PlanChange
from commerce.billing.periods.actions.dunning import add_late_fee, send_reminder
from commerce.billing.periods.emails import warn_of_termination
from commerce.domains.actions.states import confirm_domain_registration, renew_domain
from commerce.domains.lifecycle import send_expiry_notice
from commerce.hosting.actions.states import cancel_service, resume_service, terminate_service
from commerce.hosting.models import Service
from commerce.hosting.provisioning import request_creation
from commerce.jobs.models import Job
from commerce.jobs.remotes import note_silence
from commerce.jobs.rules import RestCause
from commerce.jobs.runner import run_job
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.mail.actions.templates import set_template
from commerce.mail.mail_events import MAIL_EVENTS
from commerce.mail.models import OutgoingMail
from commerce.orders.actions.cancelling import reject_order
from commerce.payments.actions.transfer_notices import (
    reject_transfer_notice,
)
from commerce.payments.actions.unallocated import record_unallocated_payment
from commerce.site_settings.actions import set_setting
from tests.mail.told_elsewhere import ELSEWHERE
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
from tests.make.mails import commit_and_deliver
from tests.make.payments import declare_transfer
from tests.make.records import make_credit_note
from tests.make.renewals import RENEWED_AT, make_renewal
from tests.make.staff import invite_staff
from tests.make.totp import totp
from tests.make.webhook_endpoints import disable_endpoint

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CTX = Context(AT, SYSTEM)
ALICE, BILLS = "alice@example.com", "bills@example.org"
STAFF, NEW = "staff@example.net", "new@example.org"


@dataclass(frozen=True, slots=True)
class EventScene:
    """A client with its owner; staff have an address."""

    client: Client
    alice: User

    @property
    def by_alice(self) -> Context:
        return Context(AT, as_member(self.alice))


def _new_address(scene: EventScene) -> None:
    request_email_change(user=scene.alice, email=NEW, ctx=CTX)
    address = EmailAddress.objects.get(user=scene.alice, primary=False)
    verify_email(token=EmailConfirmationHMAC.create(address).key, ctx=CTX)


def _unproven(_scene: EventScene) -> None:
    send_verification(user=make_user(NEW, verified=False))


def _signs_in(scene: EventScene) -> None:
    ctx = Context(AT, Actor("member", address="192.0.2.1"))
    for device in ("Firefox", "Chrome"):
        record_sign_in(user=scene.alice, methods=["password"], device=device, ctx=ctx)


def _opened(_scene: EventScene) -> None:
    open_client_account(
        owner_email=NEW,
        first_name="Ann",
        last_name="Doe",
        email=NEW,
        country="DE",
        currency_code="EUR",
        ctx=CTX,
    )


def _revoked(scene: EventScene) -> None:
    revoke_token(token=make_token(scene.client)[0], ctx=CTX)


def _limited(scene: EventScene) -> None:
    token, _plain = make_token(scene.client)
    set_spending_limit(token=token, per_purchase=100, per_30_days=100, ctx=scene.by_alice)


def _elsewhere(scene: EventScene) -> None:
    token, _plain = make_token(scene.client)
    for address in ("203.0.113.9", "198.51.100.7"):
        record_token_uses([TokenUse(token.pk, address, 1, AT)])


def _left(scene: EventScene) -> None:
    remove_member(membership=make_member(scene.client, NEW), ctx=scene.by_alice)


def _reminded(scene: EventScene, days: int) -> None:
    invoice = make_invoice(scene.client)
    assert invoice.due_date is not None
    at = AT + (invoice.due_date - AT.date()) + timedelta(days=days)
    send_reminder(invoice=invoice, day=at.date(), ctx=Context(at, SYSTEM))


def _late_fee(scene: EventScene) -> None:
    set_setting(key="billing.late_fee_kind", value="percent", ctx=CTX)
    set_setting(key="billing.late_fee_amount", value="10 %", ctx=CTX)
    invoice = make_invoice(scene.client, status="overdue")
    add_late_fee(invoice=invoice, ctx=CTX)


def _declared(scene: EventScene, *, rejected: bool = False) -> None:
    row = declare_transfer(make_invoice(scene.client))
    if rejected:
        reject_transfer_notice(notice=row, reason="Nothing came.", ctx=CTX)


def _stray(scene: EventScene) -> None:
    record_unallocated_payment(
        gateway="bank_transfer",
        transaction_id="x",
        amount=300,
        currency_code="EUR",
        received_on=AT.date(),
        reason="reference",
        invoice=make_invoice(scene.client),
        ctx=CTX,
    )


def _leaves(scene: EventScene, answer: str = "") -> None:
    service = make_service(scene.client)
    kind = "end_of_period" if answer == "approved" else "immediate"
    request = actions.request_cancellation(service=service, kind=kind, reason="too dear", ctx=CTX)
    if answer == "rejected":
        actions.reject_cancellation(request=request, note="No.", ctx=CTX)


def _plan(scene: EventScene, status: str) -> None:
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
        reject_plan_change(change=change, note="No.", ctx=CTX)
    else:
        send_plan_change_email(change=change, at=AT)
        send_plan_change_requested_email(change=change, at=AT)


def _warned(scene: EventScene) -> None:
    service = make_service(scene.client, "suspended")
    warn_of_termination(service=service, on=AT.date(), at=AT)


def _resumed(scene: EventScene) -> None:
    resume_service(service=make_service(scene.client, "suspended"), ctx=CTX)


def _expiring(scene: EventScene) -> None:
    domain = make_domain(scene.client)
    assert domain.expiry_date is not None
    day = domain.expiry_date - timedelta(days=7)
    send_expiry_notice(domain=domain, day=day, at=AT)


def _renewed(scene: EventScene) -> None:
    domain = make_domain(scene.client)
    assert domain.expiry_date is not None
    renew_domain(domain=domain, expiry_date=domain.expiry_date + timedelta(365), ctx=CTX)


def _transferred(scene: EventScene) -> None:
    domain = make_domain(scene.client, "pending_transfer")
    confirm_domain_registration(
        domain=domain,
        registration_date=AT.date(),
        expiry_date=AT.date() + timedelta(365),
        ctx=CTX,
    )


def _parked(scene: EventScene) -> None:
    service = make_service(scene.client, "pending")
    request_creation(service=service, idempotency_key="test", ctx=CTX)


def _rests(remote: str, cause: RestCause) -> None:
    for _ in range(5):
        note_silence(remote=remote, at=AT, cause=cause, problem="No.")


def _too_late(scene: EventScene) -> None:
    invoice = make_renewal(scene.client)
    terminate_service(service=Service.objects.get(), ctx=CTX)
    make_payment(invoice, at=RENEWED_AT)


type Cause = Callable[[EventScene], object]

CAUSES: dict[str, tuple[Cause, str]] = {
    "welcome": (_opened, NEW),
    "verify_email": (_unproven, NEW),
    "account_exists": (lambda _: send_account_exists_email_to_owner(email=ALICE, at=AT), ALICE),
    "password_reset": (lambda _: send_password_reset(email=ALICE, ctx=CTX), ALICE),
    "password_changed": (
        lambda s: change_password(
            user=s.alice, password=f"another {PASSWORD}", keep_session=None, ctx=CTX
        ),
        ALICE,
    ),
    "email_change_asked": (lambda s: request_email_change(user=s.alice, email=NEW, ctx=CTX), ALICE),
    "email_changed": (_new_address, f"{ALICE} {NEW}"),
    "confirm_billing_email": (
        lambda s: change_client(client=s.client, email=NEW, ctx=s.by_alice),
        NEW,
    ),
    "billing_email_changed": (
        lambda s: change_client(client=s.client, email=NEW, ctx=CTX),
        f"{ALICE} {BILLS}",
    ),
    "two_factor_changed": (
        lambda s: add_totp(
            user=s.alice, secret=SECRET, code=totp(SECRET, AT), keep_session=None, ctx=CTX
        ),
        ALICE,
    ),
    "new_sign_in": (_signs_in, ALICE),
    "sign_in_blocked": (lambda _: send_sign_in_blocked_email_to_user(email=ALICE, ctx=CTX), ALICE),
    "api_token_created": (lambda s: make_token(s.client), ALICE),
    "api_token_new_network": (_elsewhere, ALICE),
    "api_token_limit": (_limited, ALICE),
    "api_token_revoked": (_revoked, ALICE),
    "api_token_rotated": (lambda s: rotate_token(token=make_token(s.client)[0], ctx=CTX), ALICE),
    "webhook_endpoint_disabled": (lambda s: disable_endpoint(s.client), ALICE),
    "member_invited": (
        lambda s: invite_member(
            client=s.client, email=NEW, role="billing", rights=["invoices.view"], ctx=s.by_alice
        ),
        NEW,
    ),
    "staff_invited": (lambda _: invite_staff(NEW), NEW),
    "member_changed": (_left, f"{ALICE} {NEW}"),
    "invoice_created": (lambda s: make_invoice(s.client), BILLS),
    "invoice_reminder": (lambda s: _reminded(s, -3), BILLS),
    "invoice_overdue": (lambda s: _reminded(s, 3), BILLS),
    "invoice_paid": (lambda s: make_invoice(s.client, "paid"), BILLS),
    "payment_received": (lambda s: make_payment(make_invoice(s.client), amount=500), BILLS),
    "transfer_rejected": (lambda s: _declared(s, rejected=True), BILLS),
    "credit_added": (
        lambda s: add_credit(client=s.client, currency_code="EUR", amount=500, ctx=CTX),
        BILLS,
    ),
    "credit_note_created": (lambda s: make_credit_note(s.client), BILLS),
    "late_fee_added": (_late_fee, BILLS),
    "order_placed": (lambda s: make_order(s.client), BILLS),
    "order_activated": (lambda s: make_order(s.client, "active"), ALICE),
    "order_cancelled": (lambda s: make_order(s.client, "cancelled"), BILLS),
    "order_rejected": (
        lambda s: reject_order(order=make_order(s.client), reason="odd", ctx=CTX),
        BILLS,
    ),
    "service_activated": (lambda s: make_service(s.client), ALICE),
    "service_suspended": (lambda s: make_service(s.client, "suspended"), ALICE),
    "service_unsuspended": (_resumed, ALICE),
    "service_terminating": (_warned, ALICE),
    "service_terminated": (lambda s: make_service(s.client, "terminated"), ALICE),
    "service_cancelled": (
        lambda s: cancel_service(service=make_service(s.client), ctx=CTX),
        ALICE,
    ),
    "cancellation_received": (_leaves, ALICE),
    "cancellation_approved": (lambda s: _leaves(s, "approved"), ALICE),
    "cancellation_rejected": (lambda s: _leaves(s, "rejected"), ALICE),
    "plan_change_received": (lambda s: _plan(s, "pending"), ALICE),
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
    "task_to_do": (_parked, STAFF),
    "remote_silent": (lambda _: _rests("server web1", RestCause.SILENCE), STAFF),
    "remote_refuses": (lambda _: _rests("registrar opensrs", RestCause.REFUSED), STAFF),
    "server_moved": (lambda _: _rests("server web1", RestCause.MOVED), STAFF),
    "transfer_declared": (_declared, STAFF),
    "late_payment": (lambda s: make_payment(make_invoice(s.client, "cancelled"), amount=9), STAFF),
    "unallocated_payment": (_stray, STAFF),
    "paid_after_termination": (_too_late, STAFF),
}
"""What makes each mail, and to whom it then goes."""

COMES_LATER = {"autopay_date", "country", "due_by"}
"""Names that these scenes do not have: a saved card, the country of an address, the days of stray money."""


def test_each_event_has_a_cause() -> None:
    assert CAUSES.keys() | ELSEWHERE.keys() == MAIL_EVENTS.keys()
    assert not CAUSES.keys() & ELSEWHERE.keys()


@pytest.mark.parametrize("event", CAUSES)
def test_an_event_reaches_whom_it_concerns_and_says_all(event: str) -> None:
    set_setting(key="company.email", value=STAFF, ctx=CTX)
    alice = make_user(ALICE)
    scene = EventScene(make_client(owner=alice, email=BILLS), alice)
    cause, to = CAUSES[event]
    cause(scene)
    while jobs := list(Job.objects.due(AT).exclude(action__in=["mail.send", "documents.make"])):
        for job in jobs:
            run_job(job, at=AT)
    rows = OutgoingMail.objects.filter(event=event)
    assert sorted(row.recipient for row in rows) == sorted(to.split())
    kind = MAIL_EVENTS[event]
    for row in rows:
        missing = {*kind.variables, "client_name", "client_email", "date"} - row.values.keys()
        assert kind.has_link or not missing - COMES_LATER


@pytest.mark.parametrize(
    "event", sorted(name for name in MAIL_EVENTS if MAIL_EVENTS[name].has_link)
)
def test_a_mail_with_a_link_says_all_though_no_row_keeps_it(event: str) -> None:
    alice = make_user(ALICE)
    scene = EventScene(make_client(owner=alice, email=BILLS), alice)
    cause, to = CAUSES[event]
    names = MAIL_EVENTS[event].variables
    text = "\n".join(f"{name}: <{{{name}}}>" for name in names)
    set_template(event=event, locale="en", subject=event, html="", text=text, ctx=CTX)
    with commit_and_deliver():
        cause(scene)
    (message,) = [one for one in mail.outbox if one.subject == event]
    assert message.to == [to]
    said = str(message.body).split()
    assert [said.index(f"{name}:") >= 0 for name in names]
    empty = said.count("<>")
    assert empty == (event == "email_change_asked")  # `by`, whom staff alone have
