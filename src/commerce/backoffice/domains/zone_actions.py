"""The buttons of a zone's record: what `commerce dns` does (dns.md 3)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.utils.translation import ngettext

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.acts import act_button
from commerce.backoffice.base.forms import StaffForm
from commerce.dns.actions.records import (
    ended_blocked_reason,
    reset_zone,
    restore_blocked_reason,
    restore_version,
)
from commerce.dns.imports import apply_import, prepare_import
from commerce.dns.labels import CAUSE_LABELS
from commerce.dns.models import Zone, ZoneVersion
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.presentation.formats import format_instant
from commerce.record_acts import ZONE_ACTS

type Data = Mapping[str, Any]

_MANAGE = StaffPermission.DOMAINS_MANAGE
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


class ImportForm(StaffForm):
    """A zone file that takes the place of all records; what is wrong with it is said line by line."""

    file_text = forms.CharField(
        label=_lazy("Zone file"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "class": "is-code", "spellcheck": "false"}),
        help_text=_lazy("Replaces all records. Earlier versions can be restored."),
    )

    def clean(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        if "file_text" in values:
            try:
                found = prepare_import(self.record, values["file_text"])
            except BusinessError as error:
                raise forms.ValidationError(error.staff_text) from error
            for problem in found.problems[:SHOWN_PROBLEMS]:
                self.add_error("file_text", str(problem))
            values["prepared"] = found
        return values


def _made(version: ZoneVersion | None) -> str:
    if version is None:
        return _("Nothing to change. The zone already has these records.")
    return _("Version %(number)s is on its way to the DNS server.") % {"number": version.number}


def _restore(zone: Zone, data: Data, ctx: Context) -> str:
    return _made(restore_version(zone=zone, number=data["number"], ctx=ctx))


def _reset(zone: Zone, data: Data, ctx: Context) -> str:
    return _made(reset_zone(zone=zone, ctx=ctx))


def _import(zone: Zone, data: Data, ctx: Context) -> str:
    return _made(apply_import(zone=zone, prepared=data["prepared"], ctx=ctx))


def _number(zone: Zone) -> int:
    return int(zone.newest.number)


_PUBLISH, _CHECK, *_OTHERS = map(act_button, ZONE_ACTS)

ZONE_ACTIONS = (
    _PUBLISH,
    _CHECK,
    RecordAction(
        name="import",
        label=_lazy("Import zone file"),
        permission=_MANAGE,
        form=ImportForm,
        submit=_lazy("Replace all records"),
        run=_import,
        depends_on=_number,
        blocked=ended_blocked_reason,
    ),
    RecordAction(
        name="restore",
        label=_lazy("Restore version"),
        permission=_MANAGE,
        form=VersionForm,
        run=_restore,
        depends_on=_number,
        blocked=restore_blocked_reason,
    ),
    RecordAction(
        name="reset",
        label=_lazy("Reset to template"),
        permission=_MANAGE,
        intro=lambda _zone: _lazy("Replaces all records with those that new zones get."),
        run=_reset,
        depends_on=_number,
        blocked=ended_blocked_reason,
    ),
    *_OTHERS,
)
