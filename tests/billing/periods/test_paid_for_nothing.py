"""Renewals that are paid and not carried out, or would be paid twice: nobody pays for nothing (domains.md 4)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.billing.invoices.actions.corrections import void_invoice
from commerce.billing.models import BilledPeriod, CreditEntry, Invoice
from commerce.billing.periods.actions.domain_renewals import domains_due_for_renewal
from commerce.billing.periods.actions.domain_requests import renew_domain_now, restore_domain
from commerce.domains.actions.changes import open_changes
from commerce.domains.actions.states import mark_domain_transferred_away
from commerce.domains.models import Domain
from commerce.domains.registration import request_renewal
from commerce.domains.sync import sync_domain
from commerce.jobs.manual import drop_job, finish_manually, retry_job
from commerce.jobs.models import Job
from commerce.kit.errors import StateConflict
from tests.billing.periods.test_domain_requests import (
    EXPIRY,
    TODAY,
    a_domain,
    in_redemption,
    live,
    on,
)
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.jobs import run_all_jobs
from tests.make.records import make_payment
from tests.make.registered_names import end_of, info_of, minutes_after

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]

CORRECTED = EXPIRY + timedelta(days=1)
BILLED = EXPIRY - timedelta(days=30)


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry


def corrected(remote: RemoteRegistry, domain: Domain) -> None:
    """The registrar says that the name expires a day later."""
    remote.names[domain.domain_name] = info_of(domain, expiry=CORRECTED)
    sync_domain(domain.pk, on(BILLED))
    domain.refresh_from_db()
    assert domain.expiry_date == domain.next_due_date == CORRECTED


def parked(remote: RemoteRegistry, invoice: Invoice) -> Job:
    """The renewal of a paid invoice, while the registrar is down."""
    remote.is_down = True
    make_payment(invoice, at=on(BILLED).at)
    for at in minutes_after(on(BILLED).at):
        run_all_jobs(at, failing=True)
    remote.is_down = False
    job = Job.objects.get(action="domain.renew")
    assert job.status == "parked"
    return job


def credit() -> int:
    return sum(CreditEntry.objects.values_list("amount", flat=True))


def test_a_day_between_invoice_and_renewal_does_not_bill_the_year_twice(
    remote: RemoteRegistry,
) -> None:
    domain = a_domain(remote)
    live(BILLED)
    corrected(remote, domain)
    job = parked(remote, Invoice.objects.get())
    live(BILLED + timedelta(days=1))
    with pytest.raises(StateConflict, match="already being renewed"):
        renew_domain_now(domain=domain, ctx=on(BILLED))
    assert Invoice.objects.count() == 1
    retry_job(job=job, ctx=on(BILLED))
    run_all_jobs(on(BILLED).at + timedelta(days=2))
    domain.refresh_from_db()
    assert domain.expiry_date == end_of(CORRECTED, 1)
    assert remote.bought() == [domain.domain_name]
    assert renew_domain_now(domain=domain, ctx=on(BILLED + timedelta(days=3)))


def test_while_a_renewal_waits_at_the_registrar_no_other_is_billed(remote: RemoteRegistry) -> None:
    """One that staff asked for has no period."""
    domain = a_domain(remote)
    assert list(domains_due_for_renewal(BILLED)) == [domain]
    request_renewal(domain=domain, idempotency_key="by hand", ctx=on(BILLED))
    assert not domains_due_for_renewal(BILLED)
    with pytest.raises(StateConflict, match="already being renewed"):
        renew_domain_now(domain=domain, ctx=on(BILLED))


def test_a_name_that_was_renewed_elsewhere_while_its_invoice_was_open_is_not_renewed_again(
    remote: RemoteRegistry,
) -> None:
    domain = a_domain(remote)
    live(BILLED)
    elsewhere = end_of(EXPIRY, 1) - timedelta(days=1)
    remote.names[domain.domain_name] = info_of(domain, expiry=elsewhere)
    sync_domain(domain.pk, on(BILLED))
    make_payment(Invoice.objects.get(), at=on(BILLED).at)
    run_all_jobs(on(BILLED).at)
    domain.refresh_from_db()
    assert (domain.expiry_date, remote.orders) == (elsewhere, [])


def test_a_term_that_was_paid_twice_is_for_staff_who_credit_it(remote: RemoteRegistry) -> None:
    domain = a_domain(remote)
    live(BILLED)
    request_renewal(domain=domain, idempotency_key="by hand", ctx=on(BILLED))
    run_all_jobs(on(BILLED).at)
    invoice = Invoice.objects.get()
    make_payment(invoice, at=on(BILLED).at)
    run_all_jobs(on(BILLED).at, failing=True)
    job = Job.objects.exclude(idempotency_key="by hand").get(action="domain.renew")
    assert job.status == "parked"
    assert "paid twice" in job.error
    assert remote.bought() == [domain.domain_name]
    drop_job(job=job, reason="paid twice", ctx=on(BILLED))
    run_all_jobs(on(BILLED).at)
    assert (credit(), BilledPeriod.objects.get().status) == (invoice.total, "released")


def test_what_was_paid_twice_can_be_settled_otherwise(remote: RemoteRegistry) -> None:
    domain = a_domain(remote)
    live(BILLED)
    request_renewal(domain=domain, idempotency_key="by hand", ctx=on(BILLED))
    run_all_jobs(on(BILLED).at)
    make_payment(Invoice.objects.get(), at=on(BILLED).at)
    run_all_jobs(on(BILLED).at, failing=True)
    job = Job.objects.get(action="domain.renew", status="parked")
    finish_manually(job=job, reason="refunded at the bank", ctx=on(BILLED))
    domain.refresh_from_db()
    assert (domain.expiry_date, credit()) == (end_of(EXPIRY, 1), 0)


def test_a_paid_renewal_that_staff_drop_is_credited_once_and_can_be_billed_again(
    remote: RemoteRegistry,
) -> None:
    """Its money was kept, and the name could not be renewed ever after."""
    domain = a_domain(remote)
    invoice = renew_domain_now(domain=domain, ctx=on(BILLED))
    drop_job(job=parked(remote, invoice), reason="not ours", ctx=on(BILLED))
    run_all_jobs(on(BILLED).at + timedelta(hours=1))
    assert (credit(), BilledPeriod.objects.get().status) == (invoice.total, "released")
    assert renew_domain_now(domain=domain, ctx=on(BILLED))


def test_a_renewal_that_is_paid_for_a_name_that_has_gone_is_credited(
    remote: RemoteRegistry,
) -> None:
    """Between the payment and what follows from it."""
    domain = a_domain(remote)
    invoice = renew_domain_now(domain=domain, ctx=on(TODAY))
    make_payment(invoice, at=on(TODAY).at)
    mark_domain_transferred_away(domain=domain, ctx=on(TODAY))
    run_all_jobs(on(TODAY).at)
    assert (credit(), BilledPeriod.objects.get().status) == (invoice.total, "released")
    assert not Job.objects.filter(action="domain.renew").exists()


def test_a_restore_whose_invoice_staff_void_can_be_asked_for_again(remote: RemoteRegistry) -> None:
    domain = in_redemption(remote)
    day = EXPIRY + timedelta(days=40)
    invoice = restore_domain(domain=domain, ctx=on(day))
    void_invoice(
        invoice=invoice,
        reason="wrong address",
        decisions={("domain", domain.pk): "bill_again"},
        ctx=on(day),
    )
    assert open_changes(domain) == {}
    assert restore_domain(domain=domain, ctx=on(day)).status == "unpaid"
