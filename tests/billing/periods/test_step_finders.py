"""Whom the daily run finds: each condition alone keeps one out, its neighbour is found (billing.md 8, domains.md 4)."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from commerce.billing.changes.price_changes.actions import (
    apply_price_changes_to_domains,
    apply_price_changes_to_services,
)
from commerce.billing.invoices.actions.issuing import mark_invoice_sent
from commerce.billing.invoices.emails import invoice_url
from commerce.billing.models import BilledPeriod, Invoice, PriceChange
from commerce.billing.periods.actions.domain_renewals import domains_due_for_renewal, renew_domains
from commerce.billing.periods.dunning_steps import (
    find_services_to_suspend,
    has_suspending_invoice,
    suspend_overdue_service,
)
from commerce.billing.periods.renewal_steps import (
    find_clients_with_domains_to_renew,
    notify_of_expiry,
)
from commerce.domains import deadlines, lifecycle
from commerce.domains.models import Domain, Tld
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.runs.step import RunDay
from tests import make

pytestmark = pytest.mark.django_db
AT = make.AT
EXPIRY = date(2027, 4, 8)
FROM = EXPIRY - timedelta(days=30)


def days(n: int) -> timedelta:
    return timedelta(days=n)


def a_domain(**over: Any) -> Domain:
    return make.make_domain(expiry_date=EXPIRY, **over)


class TestNamesToRenew:
    def test_they_are_found_from_30_days_before_until_their_grace_is_over(self) -> None:
        domain = a_domain()
        grace = deadlines.DEFAULT_GRACE_DAYS
        found = [n for n in (-31, -30, 0, grace, grace + 1) if self.found(EXPIRY + days(n))]
        assert found == [-30, 0, grace]
        assert self.found(FROM) == {domain.pk}

    def found(self, day: date = FROM) -> set[int]:
        return set(domains_due_for_renewal(day).values_list("pk", flat=True))

    @pytest.mark.parametrize(
        "over",
        [
            {"auto_renew": False},
            {"status": "expired"},
            {"next_due_date": FROM + days(31)},
            {"expiry_date": FROM - days(deadlines.DEFAULT_GRACE_DAYS + 1)},
        ],
    )
    def test_each_condition_alone_keeps_one_out(self, over: dict[str, Any]) -> None:
        other, domain = a_domain(), a_domain()
        assert self.found() == {other.pk, domain.pk}
        Domain.objects.filter(pk=domain.pk).update(**over)
        assert self.found() == {other.pk}

    def test_nothing_of_a_closed_client_is_found(self) -> None:
        domain = a_domain()
        type(domain.client).objects.update(status="closed")
        assert self.found() == set()

    @pytest.mark.parametrize("status", ["open", "paid", "waived", "released"])
    def test_a_period_is_invoiced_once_unless_it_was_released(self, status: str) -> None:
        domain, other = a_domain(), a_domain()
        self.renew(domain)
        if status != "open":
            BilledPeriod.objects.update(status=status, ended_at=AT)
        assert self.found() == {other.pk} | ({domain.pk} if status == "released" else set())

    def test_an_open_period_keeps_the_next_one_out_and_a_paid_one_does_not(self) -> None:
        domain = a_domain()
        self.renew(domain)
        renewed = EXPIRY + days(365)
        Domain.objects.update(expiry_date=renewed, next_due_date=renewed)
        assert self.found(renewed) == set()
        BilledPeriod.objects.update(status="paid", ended_at=AT)
        assert self.found(renewed) == {domain.pk}

    def test_the_name_of_another_client_is_not_invoiced_with_his(self) -> None:
        domain, other = a_domain(), a_domain()
        self.renew(domain)
        assert set(BilledPeriod.objects.values_list("domain_id", flat=True)) == {domain.pk}
        assert not Invoice.objects.for_client(other.client).exists()

    def test_a_tld_has_its_own_days_and_the_others_keep_theirs(self) -> None:
        Tld.objects.filter(tld="test").delete()
        Tld.objects.create(tld="test", renew_advance_days=60)
        domain, other = a_domain(), a_domain(domain_name="one.test")
        early = EXPIRY - days(60)
        found = [self.found(day) for day in (early - days(1), early, FROM - days(1), FROM)]
        assert found == [set(), {other.pk}, {other.pk}, {domain.pk, other.pk}]

    def test_clients_are_found_by_their_names_and_none_for_those_of_another(self) -> None:
        domain, other = a_domain(), a_domain()
        Domain.objects.filter(pk=other.pk).update(auto_renew=False)
        day = RunDay(FROM, datetime.combine(FROM, time(0, 5), UTC))
        assert list(find_clients_with_domains_to_renew(day)) == [domain.client]

    def renew(self, domain: Domain) -> None:
        at = datetime.combine(FROM, time(0, 5), UTC)
        renew_domains(client_id=domain.client_id, day=FROM, ctx=Context(at, SYSTEM))


class TestNoticesOfExpiry:
    @pytest.mark.parametrize(
        ("left", "step"),
        [
            (31, None),
            (30, 30),
            (15, 30),
            (14, 14),
            (8, 14),
            (7, 7),
            (2, 7),
            (1, 1),
            (0, 1),
            (-1, None),
        ],
    )
    def test_each_day_has_its_notice_and_it_is_sent_once(self, left: int, step: int | None) -> None:
        domain = a_domain(auto_renew=False)
        day = EXPIRY - days(left)
        assert lifecycle.domains_to_notify(day).exists() == (step is not None)
        if step is None:
            return
        assert lifecycle.send_expiry_notice(domain=domain, day=day, at=AT)
        assert not lifecycle.send_expiry_notice(domain=domain, day=day, at=AT)
        assert not lifecycle.domains_to_notify(day).exists()

    def test_one_that_is_not_active_is_not_told(self) -> None:
        domain = a_domain()
        Domain.objects.filter(pk=domain.pk).update(status="expired")
        assert not lifecycle.domains_to_notify(EXPIRY).exists()

    def test_a_tld_has_its_own_days_and_the_others_keep_theirs(self) -> None:
        domain, other = a_domain(), a_domain(domain_name="one.test")
        Tld.objects.filter(tld="test").delete()
        Tld.objects.create(tld="test", grace_days=5, redemption_days=0)
        gone = Domain.objects.filter(deadlines.past_grace(EXPIRY + days(6)))
        assert set(gone) == {other}
        assert set(Domain.objects.filter(deadlines.past_grace(EXPIRY + days(5)))) == set()
        late = deadlines.past_grace(EXPIRY + days(deadlines.DEFAULT_GRACE_DAYS + 1))
        assert set(Domain.objects.filter(late)) == {domain, other}


class TestWhatANoticeSaysOfTheRenewal:
    """The invoice that renews the name while it is open, or that its next term is bought: of this name alone."""

    DAY = RunDay(EXPIRY - days(14), datetime.combine(EXPIRY - days(14), time(0, 5), UTC))

    def said(self, domain: Domain) -> tuple[str, bool]:
        assert notify_of_expiry(domain.pk, self.DAY) == {"notices": 1}
        assert notify_of_expiry(domain.pk, self.DAY) == {}
        told = OutgoingMail.objects.filter(event="domain_expiring", about_id=domain.pk)
        values = told.latest("pk").values
        return values["invoice_url"], values["renewal_paid"]

    @pytest.fixture
    def domain(self) -> Domain:
        """Its renewal is invoiced, and so is that of another."""
        other, domain = a_domain(), a_domain()
        for one in (other, domain):
            at = datetime.combine(FROM, time(0, 5), UTC)
            renew_domains(client_id=one.client_id, day=FROM, ctx=Context(at, SYSTEM))
        return domain

    def test_the_open_invoice_is_named(self, domain: Domain) -> None:
        invoice = Invoice.objects.get(billed_periods__domain=domain)
        assert self.said(domain) == (invoice_url(invoice.pk), False)

    @pytest.mark.parametrize(
        ("status", "paid"), [("paid", True), ("waived", True), ("released", False)]
    )
    def test_a_period_that_has_ended_is_bought_or_free_again(
        self, domain: Domain, status: str, *, paid: bool
    ) -> None:
        BilledPeriod.objects.filter(domain=domain).update(status=status, ended_at=AT)
        assert self.said(domain) == ("", paid)

    def test_the_term_that_runs_out_is_no_renewal(self, domain: Domain) -> None:
        BilledPeriod.objects.filter(domain=domain).update(status="paid", ended_at=AT)
        Domain.objects.filter(pk=domain.pk).update(expiry_date=EXPIRY + days(1))
        assert self.said(domain) == ("", False)

    def test_an_invoice_that_is_closed_is_not_named(self, domain: Domain) -> None:
        Invoice.objects.filter(billed_periods__domain=domain).update(
            status="paid", amount_due=0, paid_at=AT
        )
        assert self.said(domain) == ("", False)

    def test_one_without_a_renewal_hears_of_none(self, domain: Domain) -> None:
        assert self.said(a_domain()) == ("", False)


class TestServicesToSuspend:
    """An invoice that is due on 22 April and became overdue on 23 April: off from 25 April on."""

    FIRST = date(2026, 4, 25)

    @pytest.fixture
    def service(self) -> Service:
        service = make.make_service()
        make.make_invoice(
            service.client, "overdue", kind="renewal", billed_services=[service.pk],
            due_date=date(2026, 4, 22),
        )  # fmt: skip
        return service

    def day(self, n: int = 0) -> RunDay:
        day = self.FIRST + days(n)
        return RunDay(day, datetime.combine(day, time(0, 5), UTC))

    def found(self, n: int = 0) -> set[int]:
        return set(find_services_to_suspend(self.day(n)).values_list("pk", flat=True))

    def test_it_is_off_from_the_last_day_of_its_grace_on(self, service: Service) -> None:
        make.make_service(service.client)  # nothing of it is late
        assert [self.found(n) for n in (-1, 0, 1)] == [set(), {service.pk}, {service.pk}]

    @pytest.mark.parametrize(
        ("over", "spared"),
        [
            ({"status": "unpaid", "overdue_at": None}, True),
            ({"is_stopped": True}, True),
            ({"dunning_hold_until": FIRST}, True),
            ({"dunning_hold_until": FIRST - days(1)}, False),
            ({"suspension_hold_until": FIRST}, True),
            ({"suspension_hold_until": FIRST - days(1)}, False),
        ],
    )
    def test_what_spares_an_invoice(
        self, service: Service, over: dict[str, Any], *, spared: bool
    ) -> None:
        Invoice.objects.update(**over)
        assert self.found() == (set() if spared else {service.pk})
        assert suspend_overdue_service(service.pk, self.day()) == (
            {} if spared else {"services": 1}
        )

    @pytest.mark.parametrize(
        ("kind", "off"),
        [("order", True), ("manual", False), ("plan_change", True), ("late_fee", False)],
    )
    def test_only_what_bills_a_period_switches_it_off(self, kind: str, *, off: bool) -> None:
        service = make.make_service()
        make.make_invoice(
            service.client, "overdue", kind=kind, billed_services=[service.pk],
            due_date=date(2026, 4, 22),
        )  # fmt: skip
        assert self.found() == ({service.pk} if off else set())
        assert suspend_overdue_service(service.pk, self.day()) == ({"services": 1} if off else {})
        assert has_suspending_invoice(service, self.FIRST) == off

    def test_one_that_was_paid_late_is_left_alone(self, service: Service) -> None:
        make.make_payment(Invoice.objects.get(), at=self.day().at)
        assert self.found() == set()
        assert suspend_overdue_service(service.pk, self.day()) == {}

    def test_of_several_the_first_is_the_reason(self, service: Service) -> None:
        first = Invoice.objects.get()
        make.make_invoice(
            service.client, "overdue", kind="order", billed_services=[service.pk],
            due_date=date(2026, 4, 21),
        )  # fmt: skip
        assert suspend_overdue_service(service.pk, self.day()) == {"services": 1}
        job = Job.objects.get(action="service.suspend")
        assert job.args["invoice"] == first.pk
        assert job.args["reason"] == f"Invoice {first.number} is overdue."

    @pytest.mark.parametrize("over", [{"dunning": False}, {"status": "closed"}])
    def test_what_spares_a_client(self, service: Service, over: dict[str, Any]) -> None:
        type(service.client).objects.update(**over)
        assert self.found() == set()

    def test_only_what_runs_is_switched_off(self, service: Service) -> None:
        off = {"suspended_at": AT, "suspension_reason": "staff"}
        Service.objects.filter(pk=service.pk).update(status="suspended", **off)
        assert self.found() == set()

    def test_each_is_switched_off_once_for_its_invoice_and_told_why(self, service: Service) -> None:
        other = make.make_service()
        assert has_suspending_invoice(service, self.FIRST)
        assert not has_suspending_invoice(other, self.FIRST)
        assert suspend_overdue_service(service.pk, self.day()) == {"services": 1}
        assert suspend_overdue_service(service.pk, self.day()) == {}
        assert suspend_overdue_service(other.pk, self.day()) == {}
        job = Job.objects.get(action="service.suspend")
        invoice = Invoice.objects.get()
        assert (job.subject_id, job.args["invoice"]) == (service.pk, invoice.pk)

    def test_nobody_is_switched_off_in_the_run_that_says_it_is_late(self, service: Service) -> None:
        Invoice.objects.update(overdue_at=self.day().at)
        assert self.found() == {service.pk}
        assert suspend_overdue_service(service.pk, self.day()) == {}
        assert suspend_overdue_service(service.pk, self.day(1)) == {"services": 1}


class TestPricesThatCountNow:
    def change(self, item: Service | Domain, from_date: date, **over: Any) -> PriceChange:
        of: dict[str, Any] = {"service" if isinstance(item, Service) else "domain": item}
        values = {"old_amount": 500, "amount": 900, "created_at": AT, "client": item.client}
        return PriceChange.objects.create(from_date=from_date, **of | values | over)

    @pytest.mark.parametrize(("late", "amount"), [(-1, 900), (0, 900), (1, 500)])
    def test_a_service_is_billed_at_what_counts_from_its_due_date(
        self, late: int, amount: int
    ) -> None:
        service, other = make.make_service(), make.make_service()
        assert service.next_due_date is not None
        for one in (service, other):
            self.change(one, service.next_due_date + days(late))
        apply_price_changes_to_services(services=[service], ctx=Context(AT, SYSTEM))
        assert service.amount == Service.objects.get(pk=service.pk).amount == amount
        assert Service.objects.get(pk=other.pk).amount == 500
        statuses = set(PriceChange.objects.filter(service=service).values_list("status", flat=True))
        assert statuses == {"applied" if amount == 900 else "planned"}

    @pytest.mark.parametrize(("late", "amount"), [(-1, 900), (0, 900), (1, 500)])
    def test_a_name_is_billed_at_what_counts_from_its_due_date(
        self, late: int, amount: int
    ) -> None:
        domain, other = a_domain(recurring_amount=500), a_domain(recurring_amount=500)
        for one in (domain, other):
            self.change(one, EXPIRY + days(late))
        apply_price_changes_to_domains(domains=[domain], ctx=Context(AT, SYSTEM))
        assert domain.recurring_amount == amount
        assert Domain.objects.get(pk=domain.pk).recurring_amount == amount
        assert Domain.objects.get(pk=other.pk).recurring_amount == 500

    def test_what_was_dropped_does_not_come(self) -> None:
        service, domain = make.make_service(), a_domain(recurring_amount=500)
        self.change(service, AT.date(), status="dropped", ended_at=AT)
        self.change(domain, AT.date(), status="dropped", ended_at=AT)
        apply_price_changes_to_services(services=[service], ctx=Context(AT, SYSTEM))
        apply_price_changes_to_domains(domains=[domain], ctx=Context(AT, SYSTEM))
        assert (service.amount, domain.recurring_amount) == (500, 500)

    def test_a_name_whose_price_was_changed_otherwise_keeps_that(self) -> None:
        domain = a_domain(recurring_amount=600)
        change = self.change(domain, EXPIRY)
        apply_price_changes_to_domains(domains=[domain], ctx=Context(AT, SYSTEM))
        change.refresh_from_db()
        assert (domain.recurring_amount, change.status) == (600, "dropped")


def test_a_sent_invoice_has_another_revision_once() -> None:
    invoice = make.make_invoice()
    revisions = []
    for _ in range(3):
        revisions.append(type(invoice.client).objects.get(pk=invoice.client_id).revision)
        mark_invoice_sent(invoice.pk, AT)
    assert revisions[0] < revisions[1] == revisions[2]


def test_an_invoice_was_sent_when_its_first_mail_left_and_no_other_with_it() -> None:
    invoice, other = make.make_invoice(), make.make_invoice()
    for n in (1, 2):
        mark_invoice_sent(invoice.pk, AT + days(n))
    mark_invoice_sent(invoice.pk + 1000, AT)
    invoice.refresh_from_db()
    other.refresh_from_db()
    assert (invoice.sent_at, other.sent_at) == (AT + days(1), None)
