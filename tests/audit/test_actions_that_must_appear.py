"""Each kind of action that must be in the audit log is there, with who did it (backoffice.md 7, X15)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore

from commerce.accounts.actions import members, passwords, sessions, users
from commerce.accounts.actions.annotations import notes, tags
from commerce.accounts.actions.clients import change_client
from commerce.accounts.actions.mfa import remove_all_factors
from commerce.accounts.actions.staff_people.changing import change_staff
from commerce.accounts.actions.staff_people.making import create_staff
from commerce.accounts.actions.staff_people.roles import create_staff_role, edit_staff_role
from commerce.accounts.actions.tokens import revoke_token
from commerce.accounts.data_export.actions import request_data_export
from commerce.accounts.impersonation.actions import end_impersonation, start_impersonation
from commerce.accounts.models import Client, Membership, User
from commerce.audit.actions import record_export
from commerce.audit.models import AuditEntry
from commerce.kit.context import Actor, Context
from commerce.runs.runner import record_manual_run
from commerce.site_settings.actions import set_setting
from tests import make
from tests.audit.cases import CASES
from tests.make.staff import make_staff, role

pytestmark = pytest.mark.django_db

GRACE = Actor("staff", 1, "grace@example.com", "203.0.113.9", "request-1")
CTX = Context(make.AT, GRACE)

type Act = Callable[[Client], object]


def _owner(client: Client) -> User:
    return client.memberships.get().user


def _member(client: Client) -> Membership:
    return make.make_member(client)


def _session(client: Client) -> None:
    user = _owner(client)
    sessions.begin_session(
        user=user, session_key="k" * 32, address=None, user_agent="", remember=False, at=make.AT
    )
    sessions.end_sessions(user=user, keep_session=None, ctx=CTX)


def _new_staff() -> Any:
    return create_staff(
        email="sam@example.com",
        first_name="Sam",
        last_name="S",
        role=role("support"),
        ctx=_by_staff(),
    )


def _by_staff() -> Context:
    """By a super admin who is there: rights are compared with theirs."""
    grace = make_staff()
    return Context(make.AT, Actor("staff", grace.pk, grace.user.email, "203.0.113.9", "request-1"))


def _acting(client: Client) -> SessionStore:
    session = SessionStore()
    session.create()
    start_impersonation(client=client, staff_session=session, reason="They called", ctx=CTX)
    return session


def _factors(client: Client) -> None:
    remove_all_factors(user=make_staff("support").user, reason="lost", ctx=CTX, of_staff=True)


TABLE: dict[str, dict[str, str | Act]] = {
    "what staff create, edit and delete": {
        "client.updated": lambda one: change_client(client=one, ctx=CTX, city="Bonn"),
        "client_note.created": lambda one: notes.add_note(client=one, body="Hello", ctx=CTX),
        "client_tag.created": lambda _one: tags.create_tag(name="VIP", ctx=CTX),
        "staff.created": lambda _one: _new_staff(),
        "staff_role.created": lambda _one: create_staff_role(
            name="Night shift", copy_of=role("support"), ctx=_by_staff()
        ),
        "staff_role.changed": lambda _one: edit_staff_role(
            role=role("support"), name="Help desk", ctx=_by_staff()
        ),
        "invoice.drafted": "billing.draft_manual_invoice",
        "invoice.draft_changed": "billing.change_manual_draft",
        "invoice.draft_deleted": "billing.delete_draft",
    },
    "sign-in, sign-out and what is refused": {
        "user.signed_in": lambda one: sessions.record_sign_in(
            user=_owner(one), methods=["password"], device="", ctx=CTX
        ),
        "user.signed_out": lambda one: sessions.record_sign_out(
            user=_owner(one), session_key=None, ctx=CTX
        ),
        "user.sign_in_failed": lambda one: sessions.record_failed_sign_in(
            email=_owner(one).email, method="password", ctx=CTX
        ),
        "user.sign_in_blocked": lambda one: sessions.record_blocked_sign_in(
            email=_owner(one).email, door="client", ctx=CTX
        ),
        "staff.refused": lambda _one: sessions.record_denied_page(
            page="GET /admin/staff", missing_right="staff.view", client_id=None, ctx=CTX
        ),
    },
    "factor, password, email and session": {
        "factor.all_removed": _factors,
        "user.password_changed": lambda one: passwords.change_password(
            user=_owner(one), password="new-horse-battery-9", ctx=CTX, keep_session=None
        ),
        "user.password_reset": lambda one: passwords.reset_password(
            user=_owner(one), password="new-horse-battery-9", ctx=CTX
        ),
        "user.email_change_asked": lambda one: users.request_email_change(
            user=_owner(one), email="other@example.com", ctx=CTX
        ),
        "user.sessions_ended": _session,
    },
    "tokens": {
        "api_token.created": make.make_token,
        "api_token.revoked": lambda one: revoke_token(token=make.make_token(one)[0], ctx=CTX),
    },
    "members and rights": {
        "membership.created": lambda one: members.add_member(
            client=one, user=make.make_user(), role="billing", ctx=CTX
        ),
        "membership.changed": lambda one: members.change_member(
            membership=_member(one), role="technical", rights=["services.view"], ctx=CTX
        ),
        "membership.removed": lambda one: members.remove_member(membership=_member(one), ctx=CTX),
        "staff.changed": lambda _one: change_staff(
            staff=make_staff("support"), role=role("billing"), ctx=_by_staff()
        ),
    },
    "issue, void, credit, refund, payment and moves of credit": {
        "invoice.unpaid": "billing.issue_invoice",
        "invoice.cancelled": "billing.void_invoice",
        "credit_note.issued": "billing.credit_invoice",
        "refund.accepted": "payments.accept_refund",
        "payment.completed": "payments.record_manual_payment",
        "payment.reversed": "payments.reverse_payment",
        "credit.staff_add": "billing.add_credit",
        "credit.staff_remove": "billing.remove_credit",
        "credit.payout": "billing.pay_out_credit",
    },
    "each state of what has states": {
        "order.active": "orders.activate_order",
        "service.suspended": "hosting.suspend_service",
        "domain.expired": "domains.expire_domain",
        "billed_period.waived": "billing.waive_period",
        "attempt.failed": "payments.fail_attempt",
        "dispute.lost": "payments.lose_dispute",
        "price_change.dropped": "billing.drop_price_change",
        "cancellation_request.approved": "billing.approve_cancellation",
        "transfer_notice.confirmed": "payments.confirm_transfer_notice",
        "unallocated_payment.returned": "payments.return_unallocated_payment",
    },
    "what a registrar or a module did": {
        "domain.active": "domains.confirm_domain_registration",
        "domain.renewed": "domains.record_renewal",
        "service.active": "hosting.activate_service",
    },
    "exports": {
        "list.exported": lambda _one: record_export(name="clients", rows=1, query="", ctx=CTX),
        "data_export.requested": lambda one: request_data_export(client=one, ctx=CTX),
    },
    "acting for a client": {
        "client.impersonation_started": _acting,
        "client.impersonation_ended": lambda one: end_impersonation(
            staff_session=_acting(one), ctx=CTX
        ),
    },
    "settings, and runs by hand": {
        "settings.updated": lambda _one: set_setting(key="branding.name", value="Harbour", ctx=CTX),
        "daily_run.started": lambda _one: record_manual_run(
            day=make.AT.date(), only_step="", ctx=CTX
        ),
    },
}
"""By the words of the specification: what the audit log calls it, and the doing, or its name among ``CASES``."""

ROWS = [(action, act) for of in TABLE.values() for action, act in of.items()]


@pytest.mark.parametrize(("action", "act"), ROWS, ids=[action for action, _act in ROWS])
def test_it_is_in_the_audit_log(action: str, act: str | Act) -> None:
    client = make.make_client()
    doing = CASES[act](client) if isinstance(act, str) else lambda: act(client)
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    doing()
    written = AuditEntry.objects.exclude(pk__in=before)
    assert action in {one.action for one in written}
