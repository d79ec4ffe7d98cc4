"""The daily run of the simulated history: the real steps, day by day, and the jobs that follow from them.

Only the demo's own clients take part; days on which nothing is due are skipped.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from commerce.billing.daily import Day, Step, instant
from commerce.catalog.models import Product
from commerce.demo.company import server_for
from commerce.hosting.models import Service
from commerce.jobs.actions import finish_by_hand
from commerce.jobs.models import Job
from commerce.jobs.running import run_one
from commerce.kit.actor import Actor
from commerce.timetable import DAILY

STAFF = Actor("staff", None, "Support of Harbour Hosting")

_TELLING = ("vat", "tell-expiry")
"""Steps that ask or tell somebody: history does neither."""

_LATER = ("documents.make", "client.check_vat", "mail.send")
"""Jobs that are left for the worker."""

_LEFT_OPEN = "domain.transfer"
"""A transfer takes days: the story says when it is done."""


@dataclass(slots=True)
class Days:
    """Time passes for the clients with these ids; ``first_job`` is the last job that was there before."""

    clients: list[int]
    first_job: int
    lived: date

    def live_until(self, last: date) -> None:
        """Every daily run up to that of ``last``, each with the work that follows from it."""
        while day := self._next_due(last):
            self._run(Day(day, instant(day)))
            self.work(instant(day))
            self.lived = day
        self.lived = max(self.lived, last)

    def work(self, at: datetime) -> None:
        """What a worker and, where no module does it, staff have to do at an instant."""
        while True:
            ours = Job.objects.filter(pk__gt=self.first_job)
            due = ours.filter(pk__in=Job.objects.due(at).values("pk")).exclude(action__in=_LATER)
            ran = [job for job in due.order_by("pk") if run_one(job, at=at)]
            parked = ours.filter(status=Job.Status.PARKED).exclude(action=_LEFT_OPEN)
            for job in parked.order_by("pk"):
                finish_by_hand(
                    job=job, reason="done by hand", typed=_typed(job), at=at, actor=STAFF
                )
                ran.append(job)
            if not ran:
                return

    def _run(self, day: Day) -> None:
        for step, rows in self._steps(day):
            for pk in list(rows.order_by("pk").values_list("pk", flat=True)):
                step.do(pk, day)

    def _steps(self, day: Day) -> Iterator[tuple[Step, QuerySet[Any]]]:
        for step in DAILY:
            if isinstance(step, Step) and step.client and step.name not in _TELLING:
                yield step, step.find(day).filter(**{f"{step.client}__in": self.clients})

    def _next_due(self, last: date) -> date | None:
        """The first day after those lived, up to ``last``, on which a step finds something.

        What is due stays so until it is done: a day without anything says the same of all days before it.
        """
        first = self.lived + timedelta(days=1)
        if first > last or not self._is_due(last):
            return None
        while first < last:
            middle = first + (last - first) // 2
            if self._is_due(middle):
                last = middle
            else:
                first = middle + timedelta(days=1)
        return first

    def _is_due(self, day: date) -> bool:
        return any(rows.exists() for _, rows in self._steps(Day(day, instant(day))))


def _typed(job: Job) -> dict[str, str]:
    """What staff type when they have made an account."""
    if job.action != "service.create":
        return {}
    service = Service.objects.select_related("product", "client").get(pk=job.subject_id)
    if service.product.type == Product.Type.OTHER:
        return {}
    server = server_for(service.product, service.pk)
    name = "".join(filter(str.isalpha, service.client.email.partition("@")[0]))
    return {"username": f"{name[:6]}{service.pk:03d}", "server": server.name if server else ""}
