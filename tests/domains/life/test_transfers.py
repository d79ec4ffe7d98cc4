"""Transfers to us: their code, the daily question, what ends them, and what becomes of the price (domains.md 4)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage

from commerce.audit.models import AuditEntry
from commerce.billing.models import CreditNote
from commerce.domains.actions.staff import override_domain_status
from commerce.domains.actions.tlds import set_tld
from commerce.domains.actions.transfers import cancel_transfer, give_new_code
from commerce.domains.models import Domain
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.rules import DomainStatus
from commerce.domains.sync import ask_registrar, queue_due_syncs
from commerce.jobs.manual import finish_manually, retry_job
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from commerce.orders.actions.lifecycle import activate_paid_order
from commerce.orders.models import Order, OrderItem
from commerce.orders.quote import encrypt_auth_code
from commerce.proof.runner import run_proof
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.jobs import run_all_jobs
from tests.make.records import make_domain_item
from tests.make.registered_names import end_of, info_of
from tests.make.registrants import REGISTRANT

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
CODE, NAME = "Kq7-mW2-s3cret", "acme.example"


def at(days: float) -> Context:
    return Context(make.AT + timedelta(days=days), SYSTEM)


def ordered(remote: RemoteRegistry, code: str = CODE, registrar: str = "remote") -> Domain:
    """A transfer that was paid, with another item beside it; its registrar has been asked."""
    set_tld(tld="example", is_active=False, registrar=registrar, ctx=CTX)
    remote.codes[NAME] = CODE
    item = make_domain_item(
        action="transfer",
        domain=NAME,
        nameservers=(),
        registrant=REGISTRANT,
        auth_code=encrypt_auth_code(code) if code else "",
    )
    order = make.make_order(items=[make.make_item(), item])
    make.make_payment(order.invoice)
    activate_paid_order(invoice_id=order.invoice_id, ctx=CTX)
    run_all_jobs(make.AT, failing=True)
    return Domain.objects.get()


def asked_daily(days: int, first: int = 1) -> None:
    """At the end of each day, when each name had its turn, whatever its key."""
    for day in range(first, days + 1):
        when = at(day).at.replace(hour=23, minute=59, second=59)
        queue_due_syncs(at=when)
        run_all_jobs(when, failing=True)


def credited() -> list[int]:
    return [note.total for note in CreditNote.objects.all()]


def told() -> list[str]:
    mails = OutgoingMail.objects.filter(event="domain_transfer_problem").order_by("pk")
    return [mail.idempotency_key.split()[1] for mail in mails]


def stands_there(remote: RemoteRegistry) -> None:
    """Our account at the registrar has the name, from somebody who was a client before."""
    remote.names[NAME] = DomainInfo(
        state=RegistrarState.ACTIVE,
        expiry=end_of(make.AT.date(), 1),
        nameservers=("ns1.old.example", "ns2.old.example"),
    )


@pytest.mark.parametrize("code", [CODE, "wrong", ""])
def test_a_name_that_our_account_has_already_is_nobodys_by_a_transfer(
    remote: RemoteRegistry, code: str
) -> None:
    """Whoever orders it would get it without a code."""
    stands_there(remote)
    domain = ordered(remote, code)
    job = Job.objects.get(action="domain.transfer")
    for _ in range(2):
        domain.refresh_from_db()
        job.refresh_from_db()
        assert (job.status, domain.status, remote.orders) == ("parked", "pending", [])
        ask_registrar(domain, CTX)()
        retry_job(job=job, ctx=CTX)
        run_all_jobs(make.AT, failing=True)
    job.refresh_from_db()
    typed = {"nameservers": "ns1.old.example ns2.old.example"}
    finish_manually(job=job, reason="it is theirs", answers=typed, ctx=CTX)
    domain.refresh_from_db()
    assert domain.status == "active"


def test_nor_while_its_code_is_awaited_or_when_it_is_called_off(remote: RemoteRegistry) -> None:
    domain = ordered(remote, "")
    stands_there(remote)
    asked_daily(2)
    domain.refresh_from_db()
    assert domain.status == "pending_transfer"
    give_new_code(domain=domain, code="guessed", ctx=at(2))
    cancel_transfer(domain=domain, ctx=at(2))
    run_all_jobs(at(2).at, failing=True)
    domain.refresh_from_db()
    assert (domain.status, remote.orders) == ("cancelled", [])


def test_what_a_lost_try_of_ours_got_is_ours_whatever_staff_retried(remote: RemoteRegistry) -> None:
    remote.loses_answers = True
    domain = ordered(remote)
    remote.is_down = True
    for minutes in (2, 9, 30):
        run_all_jobs(make.AT + timedelta(minutes=minutes), failing=True)
    remote.is_down = remote.loses_answers = False
    stands_there(remote)
    retry_job(job=Job.objects.get(action="domain.transfer"), ctx=at(1))
    run_all_jobs(at(1).at)
    domain.refresh_from_db()
    assert (domain.status, remote.bought()) == ("active", [NAME])


def test_it_comes_to_us_with_what_the_registrar_says(remote: RemoteRegistry) -> None:
    domain = ordered(remote)
    assert (domain.status, domain.transfer_hold, domain.sent_at) == (
        "pending_transfer", "", make.AT,
    )  # fmt: skip
    assert OrderItem.objects.get(domain=NAME).auth_code == ""
    asked_daily(2)
    remote.names[NAME] = DomainInfo(
        state=RegistrarState.ACTIVE,
        remote_id="r1",
        registration_date=make.AT.date() - timedelta(days=900),
        expiry=end_of(make.AT.date(), 2),
        is_locked=False,
        nameservers=("ns1.old.example", "ns2.old.example"),
    )
    asked_daily(3, first=3)
    domain.refresh_from_db()
    assert (domain.status, domain.nameservers) == (
        "active", ["ns1.old.example", "ns2.old.example"],
    )  # fmt: skip
    assert domain.expiry_date == domain.next_due_date == end_of(make.AT.date(), 2)
    assert domain.registration_date == make.AT.date() - timedelta(days=900)
    assert remote.names[NAME].is_locked
    assert domain.is_locked
    assert remote.bought("transfer") == [NAME]
    assert OutgoingMail.objects.filter(event="domain_transferred_in").exists()


def test_where_a_transfer_keeps_the_old_contacts_ours_are_sent_afterwards(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    double = REGISTRAR_CLASSES["remote"]
    monkeypatch.setattr(double, "capabilities", replace(double.capabilities, keeps_contacts=True))
    domain = ordered(remote)
    remote.names[NAME] = info_of(
        domain,
        state="active",
        expiry=end_of(make.AT.date(), 1),
        nameservers=("ns1.old.example", "ns2.old.example"),
    )
    asked_daily(1)
    domain.refresh_from_db()
    assert domain.status == "active"
    assert remote.contacts[NAME].registrant.email == REGISTRANT["email"]


def test_an_order_whose_answer_was_lost_is_not_placed_twice(remote: RemoteRegistry) -> None:
    remote.loses_answers = True
    domain = ordered(remote)
    assert domain.status == "pending"
    run_all_jobs(make.AT + timedelta(minutes=2))
    domain.refresh_from_db()
    assert (domain.status, remote.bought()) == ("pending_transfer", [NAME])


@pytest.mark.parametrize(("code", "hold"), [("", "code_missing"), ("wrong", "code_wrong")])
def test_the_client_is_asked_for_its_code_and_it_goes_on(
    remote: RemoteRegistry, code: str, hold: str
) -> None:
    domain = ordered(remote, code)
    assert (domain.status, domain.transfer_hold) == ("pending_transfer", hold)
    assert told() == [hold]
    for bad in (" ", "x" * 256):
        with pytest.raises(BusinessError):
            give_new_code(domain=domain, code=bad, ctx=CTX)
    give_new_code(domain=domain, code=f" {CODE} ", ctx=CTX)
    assert domain.transfer_hold == ""
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert (domain.status, domain.transfer_hold) == ("pending_transfer", "")
    assert remote.orders[0][2][0] == CODE
    assert OrderItem.objects.get(domain=NAME).auth_code == ""
    for entry in AuditEntry.objects.all():
        assert CODE not in f"{entry.before} {entry.after} {entry.reason}"
    with pytest.raises(StateConflict):
        give_new_code(domain=domain, code=CODE, ctx=CTX)


def test_a_code_that_is_wrong_again_is_told_of_again_the_next_day(remote: RemoteRegistry) -> None:
    domain = ordered(remote, "wrong")
    for day in (0, 1):
        give_new_code(domain=domain, code="wrong", ctx=at(day))
        run_all_jobs(at(day).at)
        domain.refresh_from_db()
        assert domain.transfer_hold == "code_wrong"
    assert told() == ["code_wrong"] * 2


def test_a_code_that_the_registrar_refuses_later_is_asked_for(remote: RemoteRegistry) -> None:
    domain = ordered(remote)
    remote.names[NAME] = DomainInfo(state=RegistrarState.TRANSFER_WRONG_CODE)
    asked_daily(2)
    domain.refresh_from_db()
    assert (domain.transfer_hold, told()) == ("code_wrong", ["code_wrong"])
    give_new_code(domain=domain, code=CODE, ctx=at(2.99))
    run_all_jobs(at(2.99).at)
    domain.refresh_from_db()
    assert domain.transfer_hold == ""
    assert remote.bought("transfer") == [NAME, NAME]


def test_one_that_is_refused_for_good_is_credited_alone(remote: RemoteRegistry) -> None:
    domain = ordered(remote)
    remote.names[NAME] = DomainInfo(state=RegistrarState.TRANSFER_REFUSED)
    asked_daily(1)
    domain.refresh_from_db()
    assert (domain.status, told()) == ("cancelled", ["refused"])
    assert credited() == [1200]
    assert Order.objects.get().status == "active"
    verdicts = [found for found in run_proof(at=at(1).at) if not found.check.is_notice]
    assert [found.check.name for found in verdicts if found.count] == []


def test_one_that_was_here_before_has_60_days_again_and_is_not_credited(
    remote: RemoteRegistry, mailoutbox: list[EmailMessage]
) -> None:
    """It left, and staff have it transferred to us again: what was paid for the first time was had."""
    domain = ordered(remote)
    stands_there(remote)
    asked_daily(1)
    domain.refresh_from_db()
    assert domain.status == "active"
    remote.names[NAME] = DomainInfo(state=RegistrarState.PENDING_TRANSFER)
    override_domain_status(
        domain=domain, to=DomainStatus.PENDING_TRANSFER, reason="Comes back", ctx=at(100)
    )
    asked_daily(102, first=101)
    domain.refresh_from_db()
    assert (domain.status, domain.transfer_hold) == ("pending_transfer", "")
    remote.names[NAME] = DomainInfo(state=RegistrarState.TRANSFER_REFUSED)
    asked_daily(103, first=103)
    domain.refresh_from_db()
    assert (domain.status, told(), credited()) == ("cancelled", ["refused"], [])
    [mail] = [mail for mail in mailoutbox if "has ended" in mail.body]
    assert "credit" not in mail.body
    assert not Job.objects.filter(error__contains="registered").exists()


def test_one_that_did_not_come_within_60_days_is_called_off_and_credited(
    remote: RemoteRegistry,
) -> None:
    domain = ordered(remote)
    asked_daily(59)
    domain.refresh_from_db()
    assert (domain.status, domain.transfer_hold) == ("pending_transfer", "")
    asked_daily(60, first=60)
    domain.refresh_from_db()
    assert (domain.status, told(), credited()) == ("cancelled", ["timed_out"], [1200])
    assert remote.bought("cancel transfer") == [NAME]
    assert NAME not in remote.names


def test_a_client_calls_it_off(remote: RemoteRegistry) -> None:
    domain = ordered(remote)
    cancel_transfer(domain=domain, ctx=CTX)
    assert domain.transfer_hold == "being_cancelled"
    with pytest.raises(StateConflict):
        cancel_transfer(domain=domain, ctx=CTX)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert (domain.status, told(), credited()) == ("cancelled", [], [1200])
    assert remote.bought("cancel transfer") == [NAME]


def test_one_that_nobody_was_asked_for_is_called_off_at_once(remote: RemoteRegistry) -> None:
    domain = ordered(remote, "")
    cancel_transfer(domain=domain, ctx=CTX)
    assert domain.status == "cancelled"
    run_all_jobs(make.AT)
    assert (credited(), remote.orders) == ([1200], [])


def test_one_that_came_to_us_while_it_was_called_off_is_ours(remote: RemoteRegistry) -> None:
    domain = ordered(remote)
    remote.names[NAME] = info_of(
        domain,
        state="active",
        expiry=end_of(make.AT.date(), 1),
        nameservers=("ns1.old.example", "ns2.old.example"),
    )
    cancel_transfer(domain=domain, ctx=CTX)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert (domain.status, domain.transfer_hold, credited()) == ("active", "", [])


def test_what_the_registrar_cannot_stop_staff_do(remote: RemoteRegistry) -> None:
    domain = ordered(remote)
    cancel_transfer(domain=domain, ctx=CTX)
    remote.refuses = True
    run_all_jobs(make.AT, failing=True)
    job = Job.objects.get(action="domain.cancel_transfer")
    assert job.status == "parked"
    finish_manually(job=job, reason="done", ctx=CTX)
    run_all_jobs(make.AT)
    domain.refresh_from_db()
    assert (domain.status, credited()) == ("cancelled", [1200])
