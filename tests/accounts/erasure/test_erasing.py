"""Erasure of a client: what is gone from every table, what stays and for how long (accounts.md 10)."""

import logging
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from commerce.accounts.actions.clients import reopen_client
from commerce.accounts.erasure.actions.erasure import erase_kept_records
from commerce.accounts.erasure.actions.requests import request_erasure, withdraw_erasure
from commerce.accounts.erasure.hooks import erasure_blockers
from commerce.accounts.models import ApiToken, Client, Erasure, Membership, User
from commerce.audit.actions import write_audit_entry
from commerce.audit.models import AuditEntry
from commerce.billing.credit.actions import add_credit
from commerce.billing.models import Invoice
from commerce.config.log_config import JsonLogHandler
from commerce.daily_steps import DAILY_STEPS
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.jobs.runner import run_due_jobs
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.json_log import JsonLog
from commerce.mail.models import OutgoingMail
from commerce.payments.models import GatewayCustomer, SavedCard
from commerce.proof.runner import run_proof
from commerce.runs.report import RunReport
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests.accounts.erasure.planted import PLANTED, columns_with_planted_text, planted_client
from tests.doubles.gateway import fake_gateway_on
from tests.make.mails import deliver_all
from tests.make.people import AT, PASSWORD, as_member, make_client, make_member, make_user
from tests.make.records import make_domain, make_invoice, make_service
from tests.make.staff import make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_gateway")]

CTX = Context(AT, SYSTEM)
STEPS = tuple(
    step for step in DAILY_STEPS if step.name in ("erase", "erase-records", "delete-old-records")
)
KEPT = {
    *("billing_invoice.buyer", "billing_creditnote.buyer"),
    *("billing_vatcheck.name", "billing_vatcheck.address"),
}
"""Documents and the evidence of their tax; a PDF is compressed."""

LEFT_TO_STAFF = {"jobs_job.args"}
"""Which customer they delete at a gateway, until they have."""


@pytest.fixture
def _gateway() -> Iterator[None]:
    with fake_gateway_on():
        yield


def run(day: date) -> RunReport:
    report = run_daily(
        STEPS, day=RunDay(day, datetime.combine(day, AT.timetz())), started_by="test"
    )
    assert not report.failed
    return report


def asked(client: Client, user: User) -> Erasure:
    return request_erasure(client=client, ctx=Context(AT, as_member(user)))


def erased(client: Client, user: User) -> Erasure:
    erasure = asked(client, user)
    run(erasure.erase_on)
    erasure.refresh_from_db()
    assert erasure.status == "done"
    return erasure


WEBHOOK_COLUMNS = (
    "webhookendpoint.address",
    "webhookendpoint.description",
    "webhookdelivery.answer",
)


def mails(event: str) -> list[str]:
    return list(OutgoingMail.objects.filter(event=event).values_list("recipient", flat=True))


@pytest.fixture
def app_log(tmp_path: Path) -> Iterator[Path]:
    """The folder in which the application's log of the test is."""
    root, level = logging.getLogger(), logging.getLogger().level
    handler = JsonLogHandler(JsonLog(tmp_path, "app", to_stderr=False))
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield tmp_path
    root.removeHandler(handler)
    root.setLevel(level)


def test_nothing_of_an_erased_client_is_left_but_in_documents(app_log: Path) -> None:
    """In no column, and in no line that the application wrote from the first act on."""
    client, owner = planted_client()
    planted = columns_with_planted_text()
    assert len(planted) > 40
    assert planted > {f"webhook_endpoints_{one}" for one in WEBHOOK_COLUMNS}
    erasure = erased(client, owner)
    told = {f"mail_outgoingmail.{column}" for column in ("recipient", "recipient_name", "values")}
    waiting = {"payments_savedcard.token"}
    assert columns_with_planted_text() == KEPT | LEFT_TO_STAFF | told | waiting
    run_due_jobs(at=AT + timedelta(days=14))
    deliver_all(AT + timedelta(days=14))
    run(erasure.erase_on + timedelta(days=8))
    assert columns_with_planted_text() == KEPT | LEFT_TO_STAFF
    lines = "".join(one.read_text("utf-8") for one in app_log.iterdir()).lower()
    assert "inv-0001" in lines
    assert [one for one in PLANTED if one in lines] == []


def test_nobody_can_use_what_was_erased() -> None:
    client, owner = planted_client()
    erased(client, owner)
    client.refresh_from_db()
    owner.refresh_from_db()
    assert (client.status, client.name) == ("closed", "[erased]")
    assert (owner.is_active, owner.has_usable_password()) == (False, False)
    assert not Membership.objects.for_client(client).exists()
    assert not ApiToken.objects.for_client(client).live().exists()
    with pytest.raises(BusinessError, match="erased"):
        reopen_client(client=client, ctx=CTX, reason="asked")
    assert make_user("planted.owner@example.com", password=PASSWORD).pk != owner.pk


def test_a_member_of_another_client_keeps_their_own() -> None:
    client, owner = planted_client()
    other = make_client(owner="other@example.com")
    bob = make_member(client, "bob@example.com").user
    make_member(other, user=bob)
    erased(client, owner)
    bob.refresh_from_db()
    assert (bob.email, bob.is_active) == ("bob@example.com", True)
    assert [one.client for one in Membership.objects.for_user(bob)] == [other]


def test_a_member_who_is_staff_stays() -> None:
    client, owner = planted_client()
    sam = make_staff("support", "sam@example.com").user
    make_member(client, user=sam)
    erased(client, owner)
    sam.refresh_from_db()
    assert (sam.email, sam.is_active) == ("sam@example.com", True)


def test_the_entries_of_an_erased_client_keep_what_is_nobodys() -> None:
    client, owner = planted_client()
    erased(client, owner)
    entry = AuditEntry.objects.get(action="client.noted")
    assert entry.after == {"note": "[erased]", "count": 3, "day": "2026-04-08", "status": "active"}
    assert (entry.actor_name, entry.address) == ("sam@example.net", "203.0.113.1")
    assert (entry.record_name, entry.reason) == ("[erased]", "[erased]")
    [done] = AuditEntry.objects.filter(action="erasure.done")
    assert (done.client_id, done.record_name) == (client.pk, f"erasure of client {client.pk}")


def test_the_entries_of_another_client_lose_no_more_than_who_it_was() -> None:
    client, owner = planted_client()
    other = make_client(owner="other@example.com", company="Other Ltd")
    write_audit_entry(
        ctx=Context(AT, Actor("member", owner.pk, owner.email, "198.51.100.7")),
        action="client.updated",
        record=("client", other.pk),
        name=other.name,
        client_id=other.pk,
        before={"company": "Former Ltd"},
        after={"company": "Other Ltd"},
        reason="They moved",
    )
    erasure = erased(client, owner)
    theirs = AuditEntry.objects.get(client_id=other.pk, action="client.updated")
    assert (theirs.actor_name, theirs.address) == ("[erased]", None)
    assert (theirs.record_name, theirs.reason) == (other.name, "They moved")
    assert (theirs.before, theirs.after) == ({"company": "Former Ltd"}, {"company": "Other Ltd"})
    erase_kept_records(erasure=erasure, ctx=CTX)
    assert AuditEntry.objects.filter(pk=theirs.pk).exists()
    assert not AuditEntry.objects.filter(client_id=client.pk, action="client.noted").exists()


def test_a_saved_card_is_removed_at_its_gateway_before_its_name_there_is_forgotten() -> None:
    client, owner = planted_client()
    erased(client, owner)
    card = SavedCard.objects.get(client=client)
    assert (card.token, card.label, card.last4) == ("planted-token", "", "")
    run_due_jobs(at=AT + timedelta(days=14))
    card.refresh_from_db()
    assert card.token == f"erased-{card.pk}"


def test_staff_are_asked_to_delete_the_client_at_their_gateways() -> None:
    client = make_client(owner="alice@example.com")
    known = {"client": client, "gateway": "stripe", "created_at": AT}
    GatewayCustomer.objects.create(reference="cus_1", **known)
    erasure = asked(client, client.memberships.get().user)
    run(erasure.erase_on)
    assert not GatewayCustomer.objects.exists()
    run_due_jobs(at=datetime.combine(erasure.erase_on, AT.timetz()))
    job = Job.objects.get(action="gatewaycustomer.erased")
    assert job.status == "parked"
    assert "Delete the customer at stripe" in job.error
    assert job.args["reference"] == "cus_1"
    finish_manually(job=job, reason="deleted there", answers={}, ctx=CTX)
    job.refresh_from_db()
    assert (job.status, job.args, job.error) == ("succeeded", {}, "")


@pytest.mark.parametrize("kind", ["service", "domain", "invoice", "credit"])
def test_what_is_open_stands_in_the_way(kind: str) -> None:
    owner = make_user("owner@example.com")
    client = make_client(owner=owner)
    record = {
        "service": lambda: make_service(client, "suspended"),
        "domain": lambda: make_domain(client),
        "invoice": lambda: make_invoice(client, "overdue"),
        "credit": lambda: (
            add_credit(
                client=client, currency_code="EUR", amount=5, ctx=Context(AT, Actor("staff", 1))
            ).account
        ),
    }[kind]()
    assert [(one.kind, one.record_id) for one in erasure_blockers(client)] == [(kind, record.pk)]
    with pytest.raises(BusinessError, match="can't be erased yet"):
        asked(client, owner)


def test_an_erasure_waits_until_nothing_is_open() -> None:
    owner = make_user("owner@example.com")
    client = make_client(owner=owner)
    erasure = asked(client, owner)
    invoice = make_invoice(client)
    run(erasure.erase_on)
    client.refresh_from_db()
    assert client.first_name == "Jane"
    Invoice.objects.filter(pk=invoice.pk).update(status="cancelled", amount_due=0)
    run(erasure.erase_on + timedelta(days=1))
    client.refresh_from_db()
    assert client.first_name == "[erased]"


def test_the_owners_hear_of_it_at_once_and_two_days_before_and_when_it_is_done() -> None:
    owner = make_user("owner@example.com")
    client = make_client(owner=owner)
    make_member(client, "bob@example.com")
    erasure = asked(client, owner)
    assert mails("erasure_requested") == ["owner@example.com"]
    run(erasure.erase_on - timedelta(days=3))
    assert len(mails("erasure_requested")) == 1
    run(erasure.erase_on - timedelta(days=2))
    run(erasure.erase_on - timedelta(days=1))
    assert mails("erasure_requested") == ["owner@example.com"] * 2
    run(erasure.erase_on)
    assert mails("erasure_done") == ["owner@example.com"]


def test_a_withdrawn_request_erases_nothing() -> None:
    owner = make_user("owner@example.com")
    client = make_client(owner=owner)
    erasure = asked(client, owner)
    with pytest.raises(BusinessError, match="already been requested"):
        asked(client, owner)
    withdraw_erasure(client=client, ctx=Context(AT, as_member(owner)))
    run(erasure.erase_on)
    client.refresh_from_db()
    assert client.first_name == "Jane"
    with pytest.raises(StateConflict):
        withdraw_erasure(client=client, ctx=Context(AT, as_member(owner)))


def test_documents_lose_their_names_when_they_need_not_be_kept_any_more() -> None:
    client, owner = planted_client()
    erasure = erased(client, owner)
    invoice = Invoice.objects.get(client=client, status="paid")
    total = invoice.total
    run(date(2036, 4, 7))
    assert columns_with_planted_text() >= KEPT
    run(date(2036, 4, 8))
    assert not columns_with_planted_text() & KEPT
    invoice.refresh_from_db()
    assert (invoice.total, invoice.buyer["name"], invoice.buyer["country"]) == (
        total,
        "[erased]",
        "DE",
    )
    left = AuditEntry.objects.filter(client_id=client.pk, record_kind__in=["client", "erasure"])
    assert list(left.values_list("action", flat=True)) == ["erasure.records_erased"]
    erasure.refresh_from_db()
    assert erasure.records_erased_at is not None
    assert [verdict.check.name for verdict in run_proof(at=AT) if not verdict.holds] == []
