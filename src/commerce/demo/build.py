"""Building the demo: everything at simulated instants of the last two years, in one transaction."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from commerce.accounts.models import Client, User
from commerce.billing.daily import instant
from commerce.billing.models import Run
from commerce.demo import acme, others
from commerce.demo.customer import Customer
from commerce.demo.days import Days
from commerce.demo.people import Cast, come_in
from commerce.demo.shop import Shop, open_shop
from commerce.demo.timeline import Calendar, Timeline
from commerce.jobs.models import Job
from commerce.mail.actions import silent
from commerce.preferences import current


def _quietly(text: str) -> None:
    """Progress that nobody looks at."""


def build(*, at: datetime, progress: Callable[[str], object] = _quietly) -> bool:
    """Make the demo company with its clients and their history until ``at``; False when it is there already.

    All or nothing, and nothing that exists is touched. ``progress`` is told what is being made. Nobody is told of what
    happened: history sends no mail. Documents of its invoices are left to the worker, the newest first.
    """
    if User.objects.filter(email__iexact="alice@example.com").exists():
        return False
    with transaction.atomic(), silent():
        today = current.business_date(at)
        opening = at - timedelta(days=800)
        last_job = Job.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        progress("A company, its products and prices")
        shop = open_shop(opening)
        progress("Alice, Bob, Charlie, Dora, Erik and Frida")
        cast = come_in(opening + timedelta(days=3))
        timeline = Timeline(Calendar(today))
        write(timeline, cast, shop)
        days = Days(cast.client_ids, last_job, opening.date())
        with current.remembered():
            timeline.run(days, current.zone().key, progress)
            days.live_until(today if instant(today) <= at else today - timedelta(days=1))
        # The days were lived, so nobody is told that the daily run does not run.
        Run.objects.create(date=days.lived, started_at=at, ended_at=at, by="demo")
        _queue_newest_first(Job.objects.due(at).filter(pk__gt=last_job))
    return True


def _queue_newest_first(jobs: QuerySet[Job]) -> None:
    """Who looks around sees the newest documents first."""
    left = list(jobs.order_by("-pk"))
    jobs.delete()
    for job in left:
        job.pk = None
    Job.objects.bulk_create(left)


def write(timeline: Timeline, cast: Cast, shop: Shop) -> None:
    """Put everybody's story on the timeline."""

    def customer(key: str, client: Client, member: User) -> Customer:
        return Customer(key, timeline, shop, client, member)

    acme.tell(customer("acme", cast.acme, cast.alice), cast.bob)
    others.tell_of_charlie(customer("weber", cast.weber, cast.charlie))
    others.tell_of_dora(customer("lindqvist", cast.lindqvist, cast.dora))
    others.tell_of_erik(customer("jensen", cast.jensen, cast.erik))
    others.tell_of_frida(customer("nordlys", cast.nordlys, cast.frida))
