"""Daily runs: each start is a row, each of its steps one below it (billing.md 10); and what is known of backups."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.db.enums import enum_choices
from commerce.runs.rules import RunStepStatus


class DailyRun(models.Model):
    """One start of the daily run for one business date; ``ended_at`` stays empty if its process was killed.

    ``only_step`` names the single step that it was asked for; the run of a day is one without.
    """

    date = models.DateField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    started_by = models.CharField(db_column="by", max_length=100)
    only_step = models.CharField(db_column="only", max_length=40, blank=True, default="")

    def __str__(self) -> str:
        return str(self.date)


class DailyRunStep(models.Model):
    """What one step of a run did: counts by name, and errors as (record kind, id, text).

    ``finishes`` is the date whose step this row was the first to finish: once for each date and step (U17). One that
    failed is tried again from ``retry_at`` on, for the ``tries``-th time.
    """

    run = models.ForeignKey(DailyRun, models.CASCADE, related_name="steps")
    name = models.CharField(max_length=40)
    status = models.CharField(
        max_length=7, choices=enum_choices(RunStepStatus), default=RunStepStatus.RUNNING
    )
    finishes = models.DateField(null=True)
    tries = models.PositiveSmallIntegerField(default=1)
    retry_at = models.DateTimeField(null=True)
    counts = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "name"], name="run_step_once"),
            # U17; a later run of the same day is done without finishing anything
            models.UniqueConstraint(fields=["finishes", "name"], name="run_step_finished_once"),
            models.CheckConstraint(
                condition=Q(status__in=list(RunStepStatus)), name="run_step_status_known"
            ),
            models.CheckConstraint(
                condition=Q(finishes__isnull=True) | Q(status=RunStepStatus.DONE),
                name="run_step_finishes_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run} {self.name}"


class RunSummary(models.Model):
    """What a daily run did, or that of a day to come would do: what the dashboard says of last night and tomorrow.

    ``counts`` is by "step name", as the steps count; ``amounts`` has rows (name, state, currency, count, minor units).
    ``clients_left``: clients whom the forecast did not come to in its time.
    """

    date = models.DateField()
    is_forecast = models.BooleanField()
    counts = models.JSONField(default=dict)
    amounts = models.JSONField(default=list)
    clients_left = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["date", "is_forecast"], name="run_summary_once")
        ]

    def __str__(self) -> str:
        return f"{self.date} {'forecast' if self.is_forecast else 'done'}"


class BackupState(models.Model):
    """The last good backup, and its last rehearsal: one row, once there was one.

    ``rehearsed_at`` is when a backup was last restored and proven; ``problem`` says why a later rehearsal failed.
    """

    ONLY = 1

    made_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(default=0)
    rehearsed_at = models.DateTimeField(null=True)
    problem = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"backup of {self.made_at}"
