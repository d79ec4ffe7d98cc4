"""Who has a line of the dashboard, and which are put off (backoffice.md 3)."""

from datetime import datetime
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models.staff import Staff


class OpenWorkMarkQuerySet(models.QuerySet["OpenWorkMark"]):
    def in_force(self, at: datetime) -> Self:
        """Those that have not run out."""
        return self.filter(ends_at__gt=at)


class OpenWorkMark(models.Model):
    """A line of the dashboard that a person has taken or, ``is_snoozed``, put off for everybody, until ``ends_at``.

    ``work`` is the name of the line and ``count`` how much there was of it: more of it ends what was put off.
    """

    work = models.CharField(max_length=100, unique=True)
    staff = models.ForeignKey(Staff, models.CASCADE, related_name="+")
    is_snoozed = models.BooleanField(default=False)
    count = models.PositiveIntegerField()
    marked_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects = OpenWorkMarkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(work=""), name="open_work_mark_named")
        ]

    def __str__(self) -> str:
        return self.work
