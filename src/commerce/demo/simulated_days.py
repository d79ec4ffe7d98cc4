"""The daily run of the simulated history: the real steps, day by day, and the jobs that follow from them.

Only the demo's own clients take part; days on which nothing is due are skipped.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from commerce.catalog.rules import ProductType
from commerce.daily_steps import DAILY_STEPS
from commerce.demo.company import server_for
from commerce.hosting.models import Service
from commerce.jobs.manual import finish_manually
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.jobs.runner import run_job
from commerce.kit.context import Actor, Context
from commerce.runs.step import RowStep, RunDay, run_start

STAFF = Actor("staff", None, "Support of Harbour Hosting")

_TELLING = ("vat", "send-expiry-notices", "cards")
"""Steps that ask or tell somebody: history does neither."""

_STEPS = [
    step
    for step in DAILY_STEPS
    if isinstance(step, RowStep) and step.client and step.name not in _TELLING
]

_LATER = ("documents.make", "client.check_vat", "mail.send")
"""Jobs that are left for the worker."""

_LEFT_OPEN = "domain.transfer"
"""A transfer takes days: the story says when it is done."""


@dataclass(slots=True)
class SimulatedDays:
    """Time passes for the clients with these ids; ``last_job_before`` is the last job that was there before."""

    clients: list[int]
    last_job_before: int
    last_day: date

    def run_until(self, last_day: date) -> None:
        """Every daily run up to that of ``last_day``, each with the work that follows from it."""
        while day := self._next_due(last_day):
            self._run(RunDay(day, run_start(day)))
            self.work(run_start(day))
            self.last_day = day
        self.last_day = max(self.last_day, last_day)

    def work(self, at: datetime) -> None:
        """What a worker and, where no module does it, staff have to do at an instant."""
        while True:
            ours = Job.objects.filter(pk__gt=self.last_job_before)
            ran = [job for job in ours.due(at).exclude(action__in=_LATER) if run_job(job, at=at)]
            parked = ours.filter(status=JobStatus.PARKED).exclude(action=_LEFT_OPEN)
            for job in parked.order_by("pk"):
                finish_manually(
                    job=job, reason="done by hand", answers=_typed(job), ctx=Context(at, STAFF)
                )
                ran.append(job)
            if not ran:
                return

    def _run(self, day: RunDay) -> None:
        for step in _STEPS:
            for pk in self._due(step, day):
                step.do(pk, day)

    def _due(self, step: RowStep, day: RunDay) -> list[int]:
        ours = step.find(day).filter(**{f"{step.client}__in": self.clients})
        return list(ours.order_by("pk").values_list("pk", flat=True))

    def _next_due(self, last: date) -> date | None:
        """The first day after those lived, up to ``last``, on which a step finds something."""
        first, found = self.last_day + timedelta(days=1), None
        for step in _STEPS:
            if first <= last and self._is_due(step, last):
                found = self._first_due(step, first, last)
                last = found - timedelta(days=1)
        return found

    def _first_due(self, step: RowStep, first: date, last: date) -> date:
        """By halving: what is due stays so until it is done, so nothing by a day means nothing on those before it."""
        while first < last:
            middle = first + (last - first) // 2
            if self._is_due(step, middle):
                last = middle
            else:
                first = middle + timedelta(days=1)
        return first

    def _is_due(self, step: RowStep, day: date) -> bool:
        return bool(self._due(step, RunDay(day, run_start(day))))


def _typed(job: Job) -> dict[str, str]:
    """What staff type when they have made an account."""
    if job.action != "service.create":
        return {}
    service = Service.objects.select_related("product", "client").get(pk=job.subject_id)
    if service.product.type == ProductType.OTHER:
        return {}
    server = server_for(service.product, service.pk)
    name = "".join(filter(str.isalpha, service.client.email.partition("@")[0]))
    return {
        "username": f"{name[:6]}{service.pk:03d}",
        "server": server.name if server else "",
        "remote_id": f"sb-{service.pk:05d}",
    }
