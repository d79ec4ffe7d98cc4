"""Months of the books and the files that were made of them when they were closed (backoffice.md 6)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from commerce.billing.books.rules import MonthStatus
from commerce.db.enums import enum_choices


class BooksMonth(models.Model):
    """A month that is over. While it is closed the database takes nothing with a day in it, or before it.

    ``month`` is its first day, ``last_day`` the last, ``ends_at`` the instant after it in the business zone as that was
    when it was closed. ``figures`` are its sums by currency as they were then, ``gaps`` what was open all the same.
    """

    month = models.DateField(unique=True)
    last_day = models.DateField()
    status = models.CharField(
        max_length=6, choices=enum_choices(MonthStatus), default=MonthStatus.OPEN
    )
    ends_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=254, blank=True, default="")
    figures = models.JSONField(default=dict)
    gaps = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(MonthStatus)), name="books_month_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=MonthStatus.OPEN)
                | Q(closed_at__isnull=False, ends_at__isnull=False),
                name="books_month_closed_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"

    @property
    def has_files(self) -> bool:
        """Whether the files were made since it was closed."""
        return self.closed_at is not None and self.files.filter(closed_at=self.closed_at).exists()


class BooksFile(models.Model):
    """One file of a closed month, as it was made then: CSV, packed with gzip. It never changes.

    A month that was opened and closed again has those of each time, by ``closed_at``.
    """

    month = models.ForeignKey(BooksMonth, models.PROTECT, related_name="files")
    name = models.CharField(max_length=40)
    closed_at = models.DateTimeField()
    lines = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["month", "closed_at", "name"], name="books_file_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name}-{self.month}.csv"
