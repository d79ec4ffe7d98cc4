"""The buttons of a zone's record: what `commerce dns` does (dns.md 3)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.backoffice.base.acts import act_button, act_form
from commerce.backoffice.base.forms import StaffForm
from commerce.dns.actions.records import (
    reset_zone,
    restore_version,
)
from commerce.dns.imports import import_zone_file, prepare_import
from commerce.dns.labels import CAUSE_LABELS
from commerce.dns.models import Zone, ZoneVersion
from commerce.kit.errors import BusinessError
from commerce.presentation.formats import format_instant
from commerce.record_acts.domains import ZONE_ACTS

SHOWN_PROBLEMS = 20


class VersionForm(StaffForm):
    """An earlier version, the newest of them first."""

    number = forms.TypedChoiceField(label=_lazy("Version"), coerce=int)

    def prepare(self) -> None:
        rows = list(self.record.versions.order_by("-number")[1:])
        self.set_choices("number", [(row.number, _version_text(row)) for row in rows])


def _version_text(row: ZoneVersion) -> str:
    count = len(row.records)
    records = ngettext("%(count)s record", "%(count)s records", count) % {"count": count}
    cause = CAUSE_LABELS.get(row.cause, row.cause)
    return f"{row.number}: {cause}, {format_instant(row.made_at)}, {records}"


class ImportForm(act_form(import_zone_file)):  # type: ignore[misc]
    """A zone file that takes the place of all records; what is wrong with it is said line by line."""

    def prepare(self) -> None:
        super().prepare()
        looks = {"rows": 16, "class": "is-code", "spellcheck": "false"}
        self.fields["file_text"].widget.attrs.update(looks)

    def clean(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        if "file_text" in values:
            try:
                found = prepare_import(self.record, values["file_text"])
            except BusinessError as error:
                raise forms.ValidationError(error.staff_text) from error
            for problem in found.problems[:SHOWN_PROBLEMS]:
                self.add_error("file_text", str(problem))
        return values


def _number(zone: Zone) -> int:
    return int(zone.newest.number)


_PAGES: Mapping[Any, dict[str, Any]] = {
    import_zone_file: {"form": ImportForm, "depends_on": _number},
    restore_version: {"form": VersionForm, "depends_on": _number},
    reset_zone: {"depends_on": _number},
}
"""What the pages of some have besides."""

ZONE_ACTIONS = tuple(act_button(action, **_PAGES.get(action, {})) for action in ZONE_ACTS)
