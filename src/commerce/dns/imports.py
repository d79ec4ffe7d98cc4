"""A zone file on its way into a zone: what it would change, shown before it is applied (dns.md 3)."""

from dataclasses import dataclass
from typing import Annotated

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.dns.actions.records import change_records, ended_blocked_reason, new_version_text
from commerce.dns.models import Zone, ZoneVersion
from commerce.dns.rules import (
    MAX_FILE_BYTES,
    DnsRecord,
    RecordError,
    VersionCause,
    ZoneDifference,
    zone_difference,
)
from commerce.dns.servers.registry import required_dns_server
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Text
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


@dataclass(frozen=True, slots=True)
class PreparedImport:
    """What a file would make of a zone whose newest version has ``seen_number``; with ``problems`` it makes nothing."""

    seen_number: int
    records: list[DnsRecord]
    problems: list[RecordError]
    left_out: list[str]
    change: ZoneDifference


def prepare_import(zone: Zone, text: str) -> PreparedImport:
    """Read a zone file, and look what it would change. Raises ``BusinessError`` for one that is too large."""
    from commerce.dns.record_types import check_records
    from commerce.dns.zone_files import read_zone_file

    if len(text.encode()) > MAX_FILE_BYTES:
        raise BusinessError("zone.file_too_large")
    found, newest = read_zone_file(zone.name, text), zone.newest
    takes_alias = required_dns_server().takes_alias
    checked = check_records(zone.name, found.records, takes_alias=takes_alias)
    problems = sorted([*found.problems, *checked.problems], key=lambda problem: problem.line)
    return PreparedImport(
        seen_number=newest.number,
        records=checked.records,
        problems=problems,
        left_out=sorted(found.left_out),
        change=zone_difference(newest.record_list(), checked.records),
    )


def apply_import(*, zone: Zone, prepared: PreparedImport, ctx: Context) -> ZoneVersion | None:
    """Have the records of the file; none when the zone has them already."""
    return change_records(
        zone=zone,
        records=prepared.records,
        seen_number=prepared.seen_number,
        ctx=ctx,
        cause=VersionCause.IMPORT,
    )


class ZoneFileText(Text):
    """A zone file as it is."""

    def _uniform(self, value: str) -> str:
        return value


@act(
    "zone.import",
    Zone,
    label=_("Import zone file"),
    submit=_("Replace all records"),
    done=new_version_text,
    staff=StaffPermission.DOMAINS_MANAGE,
    blocked=ended_blocked_reason,
)
@transaction.atomic
def import_zone_file(
    *,
    zone: Zone,
    file_text: Annotated[
        str,
        ZoneFileText(
            _("Zone file"),
            about=_("Replaces all records. Earlier versions can be restored."),
            most=MAX_FILE_BYTES,
        ),
    ],
    ctx: Context,
) -> ZoneVersion | None:
    """Have the records of a file, and no others. Raises ``RecordError`` for its first line that is wrong."""
    prepared = prepare_import(zone, file_text)
    if prepared.problems:
        raise prepared.problems[0]
    return apply_import(zone=zone, prepared=prepared, ctx=ctx)
