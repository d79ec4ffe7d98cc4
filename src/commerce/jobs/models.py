"""Background work: what is to be done, and when periodic work is due next."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from commerce.db.compiled import QueryParam
from commerce.db.enums import enum_choices
from commerce.jobs.rules import OPEN_STATES, REMOTE_PLACES, JobPriority, JobStatus, RestCause


class JobQuerySet(models.QuerySet["Job"]):
    def of(self, subject: tuple[str, int]) -> Self:
        return self.filter(subject_kind=subject[0], subject_id=subject[1])

    def due(self, at: datetime | QueryParam) -> Self:
        """Jobs that a worker should run by now, in the order made."""
        return self.filter(
            Q(status=JobStatus.QUEUED) | Q(status=JobStatus.WAITING, next_try_at__lte=at)
        ).order_by("id")

    def in_turn(self) -> Self:
        """Without those in order that stand behind another one of their subject."""
        before = Job.objects.filter(
            subject_kind=OuterRef("subject_kind"),
            subject_id=OuterRef("subject_id"),
            one_at_a_time=True,
            pk__lt=OuterRef("pk"),
            status__in=OPEN_STATES,
        )
        return self.filter(Q(one_at_a_time=False) | ~Exists(before))

    def asking_none_of(self, remotes: Collection[str]) -> Self:
        """Without those that ask one of these servers or registrars, as far as it is known whom they ask."""
        return self.exclude(remote__in=remotes) if remotes else self

    def queued(self, priority: int, *, asks_remote: bool) -> Self:
        """Those of a priority that wait for nothing, the oldest first.

        By their instant: with ids alone, SQLite takes the whole table for an index in the right order.
        """
        queued = self.filter(status=JobStatus.QUEUED, asks_remote=asks_remote, priority=priority)
        return queued.order_by("created_at", "id")

    def retries_due(self, priority: int, at: datetime | QueryParam, *, asks_remote: bool) -> Self:
        """Those of a priority whose pause is over, the longest first; no others of those that wait are looked at."""
        waiting = self.filter(
            status=JobStatus.WAITING,
            asks_remote=asks_remote,
            priority=priority,
            next_try_at__lte=at,
        )
        return waiting.order_by("next_try_at")

    def newest_first(self) -> Self:
        return self.order_by("-id")


class Job(models.Model):
    """One unit of background work. Plain values, no foreign keys: ``subject`` is whom it is about.

    ``idempotency_key`` tells one occasion from the next, so that the same one never makes two jobs. ``claim`` names the
    run that holds the job now; one that lost its lease cannot end it any more. ``asks_remote``: it asks a server or
    registrar, whose name is in ``remote`` once a worker has looked; ``remote_place`` is its place among those that ask
    the same one now.
    """

    subject_kind = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    action = models.CharField(max_length=100)
    idempotency_key = models.CharField(max_length=120)
    args = models.JSONField(default=dict)
    status = models.CharField(
        max_length=9, choices=enum_choices(JobStatus), default=JobStatus.QUEUED
    )
    one_at_a_time = models.BooleanField(default=False)
    priority = models.PositiveSmallIntegerField(
        default=JobPriority.NORMAL, db_default=JobPriority.NORMAL.value
    )
    asks_remote = models.BooleanField(default=False, db_default=False)
    remote = models.CharField(max_length=60, blank=True, default="", db_default="")
    is_to_do = models.BooleanField(default=False, db_default=False)
    """A person does it: it waits as a to-do, and has not failed."""
    remote_place = models.PositiveSmallIntegerField(default=0, db_default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    lost_runs = models.PositiveSmallIntegerField(default=0)
    waiting_since = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    claim = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    """The request that caused it, at the end of however many jobs: the log and audit entries of its run have it."""
    run_ms = models.PositiveIntegerField(null=True)
    """How long its last run took; none where no worker ended it."""
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(JobStatus)),
                name="job_status_known",
            ),
            # U10: the same cause never makes two jobs.
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "action", "idempotency_key"],
                name="job_unique",
            ),
            # Jobs in order: one at a time for each subject, whoever asks at the same moment.
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=Q(status=JobStatus.RUNNING, one_at_a_time=True),
                name="job_one_at_a_time",
            ),
            # At most two at a time ask one server, whichever workers run them.
            models.UniqueConstraint(
                fields=["remote", "remote_place"],
                condition=Q(status=JobStatus.RUNNING) & ~Q(remote=""),
                name="job_remote_place",
            ),
            models.CheckConstraint(
                condition=Q(remote_place__lt=REMOTE_PLACES), name="job_remote_place_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=JobStatus.RUNNING)
                | Q(lease_until__isnull=False) & ~Q(claim=""),
                name="job_running_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(status=JobStatus.WAITING) | Q(next_try_at__isnull=False),
                name="job_waiting_has_next_try",
            ),
        ]
        indexes: ClassVar = [
            # What workers ask for, many times a second: jobs that wait do not stand in the way of those that do not.
            models.Index(
                fields=["asks_remote", "priority", "created_at", "id"],
                condition=Q(status=JobStatus.QUEUED),
                name="job_queued_by_kind",
            ),
            models.Index(
                fields=["asks_remote", "priority", "next_try_at"],
                condition=Q(status=JobStatus.WAITING),
                name="job_waiting_by_kind",
            ),
            models.Index(
                fields=["status", "id"],
                condition=Q(status__in=[JobStatus.RUNNING, JobStatus.PARKED]),
                name="job_held",
            ),
            models.Index(fields=["ended_at"], name="job_ended"),
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.subject_kind} {self.subject_id}"

    @property
    def subject(self) -> tuple[str, int]:
        """Kind and id of whom the job is about."""
        return self.subject_kind, self.subject_id


class RemoteState(models.Model):
    """A server, registrar or gateway that gives no answer, or refuses our credentials, by the name that jobs have for
    it; one that answers has no row.

    ``silences`` in a row since ``silent_since``, none of one that only asked to be left alone; until ``rests_until``
    nobody asks it. ``cause`` and ``problem`` are what was last wrong, and it has been so since ``began_at``:
    ``silent_since`` moves along where jobs wait on. ``told`` is what staff were last told of it.
    """

    name = models.CharField(max_length=60, unique=True)
    silences = models.PositiveIntegerField(default=0)
    silent_since = models.DateTimeField()
    rests_until = models.DateTimeField(null=True)
    cause = models.CharField(
        max_length=7,
        choices=enum_choices(RestCause),
        default=RestCause.SILENCE,
        db_default=RestCause.SILENCE.value,
    )
    problem = models.TextField(blank=True, default="", db_default="")
    began_at = models.DateTimeField(null=True)

    @property
    def since(self) -> datetime:
        """Since when it is so; a row of a release before knows its silence alone."""
        return self.began_at or self.silent_since

    told = models.CharField(
        max_length=7, choices=enum_choices(RestCause), blank=True, default="", db_default=""
    )

    def __str__(self) -> str:
        return self.name


class RemoteCallQuerySet(models.QuerySet["RemoteCall"]):
    def newest_first(self) -> Self:
        return self.order_by("-id")


class RemoteCall(models.Model):
    """A call to a registrar or name server, without secrets. Never changed; retention deletes it.

    ``remote`` is the name that jobs have for it, ``about`` the domain or zone. ``status`` 0 means no answer, at EPP it
    is the code of the result.
    """

    remote = models.CharField(max_length=60)
    about = models.CharField(max_length=253, blank=True)
    job_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    request = models.TextField(blank=True)
    status = models.PositiveSmallIntegerField()
    answer = models.TextField(blank=True)
    milliseconds = models.PositiveIntegerField()

    objects = RemoteCallQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["about", "id"], name="remote_call_about"),
            models.Index(fields=["remote", "id"], name="remote_call_of_remote"),
            models.Index(fields=["job_id", "id"], name="remote_call_of_job"),
            models.Index(fields=["at"], name="remote_call_at"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class ScheduleState(models.Model):
    """When an entry of the timetable is due next; whoever moves ``next_at`` forward runs it."""

    name = models.CharField(max_length=40, primary_key=True)
    next_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    ran_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.name
