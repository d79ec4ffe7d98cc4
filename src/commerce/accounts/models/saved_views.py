"""Views of lists of the staff area that staff saved under a name (backoffice.md 3)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models.staff import Staff


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def seen_by(self, staff: Staff) -> Self:
        """Their own, and those for all staff."""
        return self.filter(Q(staff=staff) | Q(is_shared=True))


class SavedView(models.Model):
    """A list as somebody narrowed and sorted it, with its columns: ``query`` is that of its address, without words that
    were searched for. Of its person alone, or for all staff.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="saved_views")
    list_name = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    is_shared = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["staff", "list_name", "name"], name="saved_view_name_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="saved_view_named"),
        ]

    def __str__(self) -> str:
        return self.name
