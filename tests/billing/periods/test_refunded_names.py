"""Of several names on one invoice, one whose line was given back is not renewed (domains.md 4)."""

from datetime import timedelta

import pytest

from commerce.billing.invoices.actions.corrections import credit_invoice
from commerce.billing.models import BilledPeriod, Invoice
from commerce.domains.models import Domain
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from tests.billing.periods.test_domain_renewals import EXPIRY, at, live
from tests.make.jobs import run_all_jobs
from tests.make.people import make_client
from tests.make.records import make_domain, make_payment

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("proven")]


def two_names() -> tuple[Domain, Domain]:
    """Two names of one client, which one invoice renews."""
    client = make_client()
    first, second = (make_domain(client, expiry_date=EXPIRY) for _ in range(2))
    return first, second


def credit_line_of(domain: Domain, when: Context, net: int | None = None) -> None:
    """Staff take back the line of one name, or a part of it."""
    [line] = BilledPeriod.objects.get(domain=domain).lines.all()
    lines = {line.position: net}
    credit_invoice(invoice=Invoice.objects.get(), lines=lines, reason="asked", ctx=when)


def test_of_two_names_on_one_invoice_the_refunded_one_was_renewed_all_the_same() -> None:
    kept, refunded = two_names()
    live(EXPIRY - timedelta(days=30))
    paid = at(EXPIRY - timedelta(days=20))
    make_payment(Invoice.objects.get(), at=paid)
    run_all_jobs(paid, failing=True)
    when = Context(paid + timedelta(hours=1), SYSTEM)
    credit_line_of(refunded, when, 500)
    assert not Job.objects.filter(action="domain.renew", args__has_key="withdrawn").exists()
    credit_line_of(refunded, when)
    run_all_jobs(when.at, failing=True)
    jobs = dict(Job.objects.filter(action="domain.renew").values_list("subject_id", "status"))
    assert jobs == {kept.pk: "parked", refunded.pk: "dropped"}  # a person renews the one
    assert BilledPeriod.objects.get(domain=kept).status == "paid"
    assert BilledPeriod.objects.get(domain=refunded).status == "released"
    refunded.refresh_from_db()
    assert not refunded.auto_renew
    live(when.at.date())
    assert BilledPeriod.objects.count() == 2


def test_one_whose_line_was_credited_before_the_payment_is_not_renewed() -> None:
    kept, credited = two_names()
    live(EXPIRY - timedelta(days=30))
    paid = Context(at(EXPIRY - timedelta(days=20)), SYSTEM)
    credit_line_of(credited, paid)
    make_payment(Invoice.objects.get(), at=paid.at)
    run_all_jobs(paid.at, failing=True)
    [job] = Job.objects.filter(action="domain.renew")
    assert job.subject_id == kept.pk
    assert BilledPeriod.objects.get(domain=credited).status == "released"
