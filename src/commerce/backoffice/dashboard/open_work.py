"""Open work: a line of the dashboard for each kind of thing that waits for staff (backoffice.md 3)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.staff_rules import StaffPermission
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.presentation.labels import Text

type Held = frozenset[StaffPermission]
"""The permissions of a person."""


class WorkGroup(IntEnum):
    """What a line is about, in the order of money and time."""

    UNDELIVERED = 1
    NOT_WORKING = 2
    TO_DECIDE = 3
    MONEY = 4
    GAPS = 5

    @property
    def label(self) -> Text:
        """Its heading."""
        return _GROUP_LABELS[self]


_GROUP_LABELS: Mapping[WorkGroup, Text] = {
    WorkGroup.UNDELIVERED: _lazy("Paid, not delivered"),
    WorkGroup.NOT_WORKING: _lazy("Not working"),
    WorkGroup.TO_DECIDE: _lazy("To decide"),
    WorkGroup.MONEY: _lazy("Money to match"),
    WorkGroup.GAPS: _lazy("Missing"),
}


@dataclass(frozen=True, slots=True)
class WaitingWork:
    """Work of one kind: how much there is, in words, the page where it is done, and the button that leads there.

    ``key`` names the line, the same whatever there is of it. ``sums`` are in minor units by currency; ``oldest`` is
    since when the first of it waits, ``answer_by`` until when the first must be done.
    """

    key: str
    group: WorkGroup
    text: str
    url: str
    button: Text = ""
    count: int = 1
    sums: Mapping[str, int] = field(default_factory=dict)
    oldest: date | None = None
    answer_by: date | None = None

    def notes(self, *, sees_money: bool) -> list[str]:
        """What else there is to say of it, with the amounts if the person may see them."""
        notes = []
        if self.answer_by:
            notes.append(_("Answer by %(day)s") % {"day": format_day(self.answer_by)})
        if self.oldest:
            notes.append(_("Since %(day)s") % {"day": format_day(self.oldest)})
        if sees_money:
            notes += [format_money(amount, code) for code, amount in sorted(self.sums.items())]
        return notes
