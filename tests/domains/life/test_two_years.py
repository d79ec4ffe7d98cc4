"""Two years of many names: random payments, restores, transfers away, and a registrar that is down or loses answers.

At the end the registrar has each name as we have it, every paid year was bought once, the proof is clean, and the drift
report has what was planted, and nothing else.
"""

import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db.models import DateTimeField

from commerce.billing.models import BilledPeriod, Invoice
from commerce.billing.periods.actions.domain_requests import renew_domain_now, restore_domain
from commerce.billing.periods.domain_offers import (
    renewal_blocked_reason,
    renewal_offers,
    restore_blocked_reason,
)
from commerce.db.compiled import QueryParam
from commerce.db.fast_paths import CompiledQuerySet
from commerce.domains.actions.changes import ParentDs, request_nameservers, request_transfer_lock
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain, DomainDrift
from commerce.domains.registrars.contract import RegistrarState
from commerce.domains.rules import end_of_term
from commerce.domains.sync import PAID_GONE_AFTER, queue_due_syncs
from commerce.jobs.manual import drop_job, retry_job
from commerce.jobs.models import Job
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.jobs.runner import run_job
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import StateConflict
from commerce.proof.runner import run_proof
from commerce.runs.runner import run_daily
from commerce.runs.step import RunDay
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.nameservers import give_nameservers
from tests.make.registered_names import make_domain_at
from tests.make.simulation import JOBS_LEFT_OUT, steps_with_rows

pytestmark = pytest.mark.django_db

START, DAYS, STEP, SYNC_EACH = make.AT.date(), 735, 7, 28
NAMES, NAMES_EACH = int(os.environ.get("NAMES", "20")), 5
HABITS = ("on time", "on time", "on time", "on time", "late", "never", "restores", "by hand")
HAPPENS = (
    *("down", "answers_lost", "paid late", "renewed by hand", "restored", "shifted"),
    *("other nameservers", "lock changed", "retried by staff"),
)
IN_TURN = CompiledQuerySet(
    lambda: (
        Job.objects.due(QueryParam("at", DateTimeField()))
        .in_turn()
        .exclude(action__in=JOBS_LEFT_OUT)
    )
)


class Town:
    """The clients with their names, the registrar, and what is going to happen."""

    def __init__(self, remote: RemoteRegistry, dice: random.Random) -> None:
        self.remote, self.dice, self.today = remote, dice, START
        give_nameservers()
        tld = set_tld(tld="example", registrar="remote", ctx=self.ctx)
        prices = {"register": 1000, "renew": 1200, "transfer": 900, "restore": 8000}
        set_tld_price(tld=tld, currency_code="EUR", ctx=self.ctx, **prices)
        self.names = [
            name for _ in range(NAMES // NAMES_EACH) for name in self._names_of_a_client()
        ]
        dealt = [HABITS[n % len(HABITS)] for n in range(len(self.names))]
        dice.shuffle(dealt)
        self.habits = {name.pk: habit for name, habit in zip(self.names, dealt, strict=True)}
        self.happened: Counter[str] = Counter()
        self.pays_on: dict[int, date | None] = {}
        self.outages = sorted(
            START + timedelta(days=dice.randrange(20, DAYS - 30)) for _ in range(8)
        )
        self.leaves = {
            name.domain_name: START + timedelta(days=dice.randrange(30, DAYS - 60))
            for name in dice.sample(self.names, NAMES // 5)
        }
        staying = [name for name in self.names if name.domain_name not in self.leaves]
        self.shifted = [name.domain_name for name in dice.sample(staying, max(2, NAMES // 20))]
        self.left: set[str] = set()
        self.too_late: set[str] = set()
        self.is_shifted = False

    def _names_of_a_client(self) -> Iterator[Domain]:
        client = make.make_client()
        for _ in range(NAMES_EACH):
            years = self.dice.choice([1, 1, 1, 1, 2])
            yield make_domain_at(
                self.remote,
                client,
                expiry_date=START + timedelta(days=self.dice.randrange(1, 365)),
                term_years=years,
                recurring_amount=1200 * years,
                auto_renew=self.dice.random() < 0.9,
            )

    @property
    def ctx(self) -> Context:
        return self.at(12)

    def at(self, hour: int) -> Context:
        return Context(datetime.combine(self.today, time(hour), UTC), SYSTEM)

    def pass_a_day(self) -> None:
        self._weather()
        self._registry_ages()
        report = run_daily(
            steps_with_rows(), day=RunDay(self.today, self.at(0).at), started_by="test"
        )
        assert not report.failed, report.as_text()
        self._work(1, 2)
        self._clients_act()
        self._work(13, 14, 15, 16)
        self._staff_retry()
        self._work(18)
        if (self.today - START).days % SYNC_EACH == 0:
            queue_due_syncs(at=self.at(23).at)
            self._work(23)

    def _weather(self) -> None:
        """Down for up to a week; for two after that half of the answers are lost."""
        since = [(self.today - day).days for day in self.outages if day <= self.today]
        ago = since[-1] if since else 99
        self.remote.is_down = ago < 7
        self.remote.loses_answers = 7 <= ago < 21 and self.dice.random() < 0.5
        self.happened.update(down=self.remote.is_down, answers_lost=self.remote.loses_answers)

    def _registry_ages(self) -> None:
        for name, info in list(self.remote.names.items()):
            assert info.expiry is not None
            if info.state == RegistrarState.GONE:
                continue
            past = (self.today - info.expiry).days
            state = RegistrarState.ACTIVE
            if past > 60:
                self._delete(name)
                continue
            if past > 0:
                state = RegistrarState.REDEMPTION if past > 30 else RegistrarState.EXPIRED
            self.remote.names[name] = replace(info, state=state, is_locked=info.is_locked)
        for name, day in self.leaves.items():
            if day <= self.today and name in self.remote.names and name not in self.left:
                self.left.add(name)
                self._lose(name)
        if not self.is_shifted and self.today >= START + timedelta(days=300):
            self.is_shifted = True
            for name in self.shifted:
                if info := self.remote.names.get(name):
                    assert info.expiry is not None
                    later = info.expiry + timedelta(days=20)
                    self.remote.names[name] = replace(info, expiry=later)
                    self.happened["shifted"] += 1

    def _delete(self, name: str) -> None:
        """Too late for a restore that was paid on one of the last days, when the registrar was down."""
        del self.remote.names[name]
        domain = Domain.objects.get(domain_name=name)
        jobs = Job.objects.of(("domain", domain.pk)).filter(action="domain.renew")
        if jobs.filter(status__in=UNFINISHED_STATES).exists():
            self.too_late.add(name)

    def _lose(self, name: str) -> None:
        """Some registrars say so, others do not know it any more."""
        info = self.remote.names.pop(name)
        if self.dice.random() < 0.5:
            self.remote.names[name] = replace(info, state=RegistrarState.GONE)

    def _clients_act(self) -> None:
        for invoice in Invoice.objects.filter(status__in=["unpaid", "overdue"]):
            if invoice.pk not in self.pays_on:
                self.pays_on[invoice.pk] = self._pay_day(invoice)
            day = self.pays_on[invoice.pk]
            if day is not None and day <= self.today:
                self.happened["paid late"] += invoice.status == "overdue"
                make.make_payment(invoice, at=self.ctx.at)
        for name in Domain.objects.filter(status__in=["active", "expired", "redemption"]):
            self._owner_acts(name)

    def _pay_day(self, invoice: Invoice) -> date | None:
        assert invoice.due_date is not None
        habit = self.habits[invoice.subjects.order_by("pk")[0].domain_id]
        if habit in ("on time", "by hand"):
            return self.today + timedelta(days=self.dice.randrange(0, 12))
        if habit == "late":
            return invoice.due_date + timedelta(days=self.dice.randrange(1, 25))
        return self.today if self._is_restore(invoice) else None

    @staticmethod
    def _is_restore(invoice: Invoice) -> bool:
        return invoice.lines.filter(kind="domain").exists()

    def _owner_acts(self, name: Domain) -> None:
        habit, dice = self.habits[name.pk], self.dice
        if habit == "by hand" and dice.random() < 0.04 and not self._blocked(name):
            years = dice.choice([1, 1, 2])
            if years in [offer.years for offer in renewal_offers(name, self.today)]:
                renew_domain_now(domain=name, years=years, ctx=self.ctx)
                self.happened["renewed by hand"] += 1
        restores = habit == "restores" and name.status == "redemption" and dice.random() < 0.35
        if restores and not restore_blocked_reason(name, self.ctx):
            restore_domain(domain=name, ctx=self.ctx)
            self.happened["restored"] += 1
        if name.status == "active" and dice.random() < 0.004:
            hosts = [f"ns{dice.randrange(9)}.far.example", "ns10.far.example"]
            with suppress(StateConflict):
                request_nameservers(
                    domain=name, nameservers=hosts, parent=ParentDs(self.ctx.at), ctx=self.ctx
                )
                self.happened["other nameservers"] += 1
        if name.status == "active" and dice.random() < 0.004:
            with suppress(StateConflict):
                request_transfer_lock(domain=name, locked=dice.random() < 0.5, ctx=self.ctx)
                self.happened["lock changed"] += 1

    def _blocked(self, name: Domain) -> bool:
        return bool(renewal_blocked_reason(name, self.ctx))

    def _staff_retry(self) -> None:
        away = {name.pk for name in self.names if name.domain_name in self.left}
        if not self.remote.is_down:
            for job in Job.objects.filter(status="parked", action__startswith="domain."):
                if job.subject_id in away:
                    drop_job(job=job, reason="It left.", ctx=self.at(17))
                else:
                    retry_job(job=job, ctx=self.at(17))
                    self.happened["retried by staff"] += 1

    def _work(self, *hours: int) -> None:
        for hour in hours:
            for _ in range(20):
                jobs = IN_TURN.instances(at=self.at(hour).at)
                if not [job for job in jobs if run_job(job, at=self.at(hour).at)]:
                    break
        Job.objects.filter(action__in=JOBS_LEFT_OUT).delete()

    def settle(self) -> None:
        """The registrar is up, staff have done what waits, each name is looked at: longer, where a paid one is gone."""
        self.outages = []
        for _ in range(2 + (PAID_GONE_AFTER.days if self.too_late else 0)):
            self.today += timedelta(days=1)
            self.pass_a_day()
            for name in Domain.objects.filter(status__in=["active", "expired", "redemption"]):
                request_sync(domain=name, ctx=self.at(20))
            self._work(20)


def test_registrar_invoices_and_dates_agree_after_two_years(remote: RemoteRegistry) -> None:
    town = Town(remote, random.Random(int(os.environ.get("SEED", "20261127"))))  # noqa: S311 - no secret
    for day in range(0, DAYS, STEP):
        town.today = START + timedelta(days=day)
        town.pass_a_day()
    town.settle()
    names = {name.domain_name: name for name in Domain.objects.all()}
    bought = years_bought(remote)
    paid = years_paid()
    for name, domain in names.items():
        info = remote.names.get(name)
        if domain.status in ("cancelled", "transferred_away"):
            assert info is None or info.state == "gone", name
            assert (
                bought[name] <= paid[domain.pk]
                if name in town.left
                else bought[name] == paid[domain.pk]
            )
            continue
        assert info is not None, (name, domain.status)
        assert (domain.expiry_date, domain.next_due_date) == (info.expiry, info.expiry), name
        assert domain.status == info.state, name
        assert (domain.is_locked, tuple(domain.nameservers)) == (info.is_locked, info.nameservers)
        assert bought[name] == paid[domain.pk], name
    statuses = Counter(domain.status for domain in names.values())
    assert {name for name in names if names[name].status == "transferred_away"} <= town.left
    assert statuses["transferred_away"] >= max(1, NAMES // 40)
    assert statuses["active"] > NAMES * 2 // 5
    assert statuses["cancelled"] >= NAMES // 10
    assert remote.bought("restore")
    assert {name for name in HAPPENS if not town.happened[name]} == set()
    assert any(told == 2 for what, _, told in remote.orders if what == "renew")
    assert not Job.objects.filter(status="parked", action__startswith="domain.").exists()
    drifts = {drift.domain.domain_name for drift in DomainDrift.objects.select_related("domain")}
    assert not DomainDrift.objects.filter(resolved_at=None).exists()
    assert drifts <= {*town.shifted, *town.left, *town.too_late}
    assert {names[name].status for name in town.too_late} <= {"cancelled"}
    assert drifts >= {name for name in town.left if names[name].status == "transferred_away"}
    failed = [v for v in run_proof(at=town.at(23).at) if v.count and not v.check.is_notice]
    assert [(v.check.name, v.violations[:3]) for v in failed] == []


def years_bought(remote: RemoteRegistry) -> Counter[str]:
    found: Counter[str] = Counter()
    for what, name, told in remote.orders:
        if what in ("renew", "restore"):
            found[name] += told
    return found


def years_paid() -> defaultdict[int | None, int]:
    found: defaultdict[int | None, int] = defaultdict(int)
    for period in BilledPeriod.objects.filter(status="paid"):
        years = period.period_end.year - period.period_start.year
        assert period.period_end == end_of_term(period.period_start, years)
        found[period.domain_id] += years
    return found
