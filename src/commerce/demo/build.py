"""Building the demo: everything at simulated instants of the last two years, in one transaction."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from commerce.accounts.models import Client, User
from commerce.demo import acme, other_clients
from commerce.demo.cast import DemoCast, create_cast
from commerce.demo.company import set_demo_rates
from commerce.demo.demo_catalog import DemoCatalog, create_catalog
from commerce.demo.demo_client import DemoClient
from commerce.demo.sandbox_names import hand_names_to_sandbox, open_zones_at_sandbox
from commerce.demo.sandbox_servers import hand_servers_to_sandbox, store_panel_answers
from commerce.demo.simulated_days import SimulatedDays
from commerce.demo.staff import create_demo_staff
from commerce.demo.timeline import DemoCalendar, DemoTimeline
from commerce.jobs.models import Job
from commerce.kit.periods import add_months
from commerce.kit.request_cache import cached_for_request
from commerce.mail.actions.announcing import muted_mails
from commerce.runs.models import DailyRun
from commerce.runs.step import run_start
from commerce.site_settings import current

HISTORY_DAYS = 800


def _quietly(text: str) -> None:
    """Progress that nobody looks at."""


def build_demo(*, at: datetime, progress: Callable[[str], object] = _quietly) -> bool:
    """Make the demo company with its clients and their history until ``at``; False when it is there already.

    All or nothing, and nothing that exists is touched. ``progress`` is told what is being made. Nobody is told of what
    happened: history sends no mail. Documents of its invoices are left to the worker, the newest first.
    """
    if User.objects.filter(email__iexact="alice@example.com").exists():
        return False
    with transaction.atomic(), muted_mails():
        today = current.business_date(at)
        opening = at - timedelta(days=HISTORY_DAYS)
        last_job = Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        progress("company, products and prices")
        with cached_for_request():
            shop = create_catalog(opening)
            progress("clients")
            cast = create_cast(opening + timedelta(days=3))
            create_demo_staff(opening)
        timeline = DemoTimeline(DemoCalendar(today))
        plan_rates(timeline, today)
        plan_histories(timeline, cast, shop)
        days = SimulatedDays(cast.client_ids, last_job, opening.date())
        with cached_for_request():
            timeline.run(days, current.business_zone().key, progress)
            days.run_until(today if run_start(today) <= at else today - timedelta(days=1))
            hand_names_to_sandbox(at - timedelta(minutes=1))
            open_zones_at_sandbox(at - timedelta(minutes=1))
            hand_servers_to_sandbox(at - timedelta(minutes=1))
            store_panel_answers(at)
        # The days were lived, so nobody is told that the daily run does not run.
        DailyRun.objects.create(date=days.last_day, started_at=at, ended_at=at, started_by="demo")
        _queue_newest_first(Job.objects.due(at).filter(pk__gt=last_job))
    return True


def _queue_newest_first(jobs: QuerySet[Job]) -> None:
    """Who looks around sees the newest documents first."""
    left = list(jobs.order_by("-pk"))
    jobs.delete()
    for job in left:
        job.pk = None
    Job.objects.bulk_create(left)


def plan_rates(timeline: DemoTimeline, today: date) -> None:
    """Exchange rates are set on the first of each month, and on the last day."""
    first = (today - timedelta(days=HISTORY_DAYS)).replace(day=1)
    for month in range(1, HISTORY_DAYS // 28):
        if (day := add_months(first, month)) < today:
            timeline.add(day, "rate", "exchange rates set", set_demo_rates)
    timeline.add(today - timedelta(days=1), "rate", "exchange rates set", set_demo_rates)


def plan_histories(timeline: DemoTimeline, cast: DemoCast, shop: DemoCatalog) -> None:
    """Put everybody's story on the timeline."""

    def customer(key: str, client: Client, member: User) -> DemoClient:
        return DemoClient(key, timeline, shop, client, member)

    acme.plan_acme(customer("acme", cast.acme, cast.alice), cast.bob)
    other_clients.plan_charlie(customer("weber", cast.weber, cast.charlie))
    other_clients.plan_dora(customer("lindqvist", cast.lindqvist, cast.dora))
    other_clients.plan_erik(customer("jensen", cast.jensen, cast.erik))
    other_clients.plan_frida(customer("nordlys", cast.nordlys, cast.frida))
