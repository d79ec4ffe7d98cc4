"""DNS zones by program: records whole or edited, zone files, versions, signing, ends (dns.md 3)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from msgspec import Meta, Struct

from commerce.accounts.models import Client
from commerce.api.core import errors
from commerce.api.core.errors import ProblemPart
from commerce.api.core.limits import count_share
from commerce.api.v2.resources.zones import ZONES
from commerce.api.v2.writing.bodies import member_problem, pointer
from commerce.api.v2.writing.posts import ActPost
from commerce.api.v2.writing.routes import StructWrite, WriteCall, WriteResult
from commerce.dns.actions.checks import ask_delegation_now, record_delegation
from commerce.dns.actions.records import (
    change_records,
    ended_blocked_reason,
    reset_zone,
    restore_version,
)
from commerce.dns.actions.signing import sign_zone, unsign_zone
from commerce.dns.actions.zones import end_zone, open_zone
from commerce.dns.imports import apply_import, prepare_import
from commerce.dns.models import Zone
from commerce.dns.record_types import (
    CheckedRecords,
    RecordSetEdit,
    TypedRecord,
    check_records,
    edit_records,
)
from commerce.dns.rules import DEFAULT_TTL, MAX_RECORDS, MAX_TTL, MIN_TTL, RecordError
from commerce.dns.servers.registry import required_dns_server

if TYPE_CHECKING:
    from commerce.dns.delegation import DelegationReport

CHECKS_A_MINUTE = 10
"""Of delegations, for each client, in the portal and here together."""

type _Name = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=255,
        description="Name within the zone, or whole with a final dot; `@` is the domain itself.",
        examples=["www"],
    ),
]
type _Type = Annotated[
    str, Meta(min_length=1, max_length=10, description="Type of the record.", examples=["A"])
]
type _Value = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=10_000,
        description="Value, as zone files say it; that of a TXT record may be its plain text.",
        examples=["192.0.2.10"],
    ),
]
type _Ttl = Annotated[int, Meta(ge=MIN_TTL, le=MAX_TTL)]


class NewZone(Struct, frozen=True, forbid_unknown_fields=True):
    """The name of a zone."""

    name: Annotated[
        str,
        Meta(
            min_length=1, max_length=253, description="The domain name.", examples=["acme.example"]
        ),
    ]


class ZoneRecordBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A record as it is to be."""

    name: _Name
    type: _Type
    value: _Value
    ttl: Annotated[_Ttl, Meta(description="Seconds for which others keep it.", examples=[300])] = (
        DEFAULT_TTL
    )


class ZoneRecordsBody(Struct, frozen=True, forbid_unknown_fields=True):
    """All records of a zone: those that are not here go."""

    records: Annotated[
        list[ZoneRecordBody],
        Meta(
            max_length=MAX_RECORDS,
            description="All but SOA and those that signing makes.",
            examples=[[{"name": "www", "type": "A", "ttl": 300, "value": "192.0.2.10"}]],
        ),
    ]


class RecordEdit(Struct, frozen=True, forbid_unknown_fields=True):
    """An edit of the records of one name and type."""

    op: Annotated[
        Literal["add", "replace", "remove"],
        Meta(
            description="`add` adds the values, `replace` puts them in the place of all, `remove` takes them away: all "
            "where none are named.",
            examples=["replace"],
        ),
    ]
    name: _Name
    type: _Type
    values: Annotated[
        list[_Value],
        Meta(max_length=MAX_RECORDS, description="Values.", examples=[["192.0.2.10"]]),
    ] = []
    ttl: Annotated[
        _Ttl | None,
        Meta(
            description="Seconds for which others keep the new ones; without it that of those there are, or 3600.",
            examples=[300],
        ),
    ] = None


class RecordEdits(Struct, frozen=True, forbid_unknown_fields=True):
    """Edits of a zone, in their order: all are done, or none."""

    edits: Annotated[
        list[RecordEdit],
        Meta(
            min_length=1,
            max_length=MAX_RECORDS,
            description="What is to be done.",
            examples=[
                [{"op": "replace", "name": "www", "type": "A", "values": ["192.0.2.10"]}],
            ],
        ),
    ]


class ZoneFileBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A zone file, whose records take the place of all."""

    zone_file: Annotated[
        str,
        Meta(
            min_length=1,
            description="A zone file as BIND reads it. Its SOA record and what signing makes are left out.",
            examples=["@ 3600 IN NS ns1.example.net.\nwww 300 IN A 192.0.2.10\n"],
        ),
    ]


def _open_zone(call: WriteCall) -> WriteResult:
    client = Client.objects.for_client(call.caller.client_id).get()
    zone = open_zone(client=client, name=call.body.name, ctx=call.ctx)
    return WriteResult(ZONES, zone.pk, 201)


def _set_records(call: WriteCall) -> WriteResult:
    typed = [
        TypedRecord(line, one.name, one.type, str(one.ttl), one.value)
        for line, one in enumerate(call.body.records, start=1)
    ]
    takes_alias = _require_live(call)
    return _changed(
        call, "records", check_records(call.record.name, typed, takes_alias=takes_alias)
    )


def _edit_records(call: WriteCall) -> WriteResult:
    edits = [
        RecordSetEdit(line, one.op, one.name, one.type, str(one.ttl or ""), one.values)
        for line, one in enumerate(call.body.edits, start=1)
    ]
    zone, takes_alias = call.record, _require_live(call)
    records = zone.newest.record_list()
    return _changed(call, "edits", edit_records(zone.name, records, edits, takes_alias=takes_alias))


def _require_live(call: WriteCall) -> bool:
    """Whether the name server takes ALIAS. Raises ``BusinessError`` for a zone that has ended, whatever is meant, and
    while zones are off.
    """
    if reason := ended_blocked_reason(call.record, call.ctx):
        raise reason
    return required_dns_server().takes_alias


def _changed(call: WriteCall, member: str, checked: CheckedRecords) -> WriteResult:
    """The client is locked, so that what was read of the zone is its newest version still."""
    zone, number = call.record, call.record.newest.number
    _refuse(checked.problems, member, places=len(getattr(call.body, member)))
    change_records(zone=zone, records=checked.records, seen_number=number, ctx=call.ctx)
    return WriteResult(ZONES, zone.pk)


def _refuse(problems: Sequence[RecordError], member: str, *, places: int) -> None:
    """422 with all of them, each at its place in the list; what is missing in it is at the list."""
    parts = [
        ProblemPart(
            "pointer",
            pointer(member, *([str(one.line - 1)] if one.line <= places else [])),
            one.code,
            str(one),
        )
        for one in problems
    ]
    if parts:
        raise member_problem(parts)


def _import(call: WriteCall) -> WriteResult:
    _require_live(call)
    prepared = prepare_import(call.record, call.body.zone_file)
    _refuse(prepared.problems, "zone_file", places=0)
    apply_import(zone=call.record, prepared=prepared, ctx=call.ctx)
    return WriteResult(ZONES, call.record.pk)


def _end(call: WriteCall) -> WriteResult:
    _require_live(call)
    end_zone(zone=call.record, ctx=call.ctx)
    return WriteResult(ZONES, call.record.pk)


def _ask_registry(call: WriteCall) -> "DelegationReport":
    if wait := count_share(f"zone-check:{call.caller.client_id}", CHECKS_A_MINUTE, 60):
        raise errors.too_many_requests(wait)
    return ask_delegation_now(call.record, call.ctx)


def _keep_check(call: WriteCall) -> WriteResult:
    if call.prepared:
        record_delegation(zone=call.record, report=call.prepared, ctx=call.ctx)
    return WriteResult(ZONES, call.record.pk, not_checked=("registry",))


def _of_zone(path: str, summary: str, about: str, **values: Any) -> StructWrite:
    usual: dict[str, Any] = {
        "scope": "dns:write",
        "shown": ZONES,
        "reads": ZONES,
        "rows": Zone.objects.for_client,
        "needs_key": False,
        "status": 200,
        "unsettled": (),
    }
    return StructWrite(path=f"{ZONES.path}{path}", summary=summary, about=about, **usual | values)


def _act_post(verb: str, action: Callable[..., Any], **values: Any) -> ActPost:
    return ActPost(ZONES, verb, "dns:write", Zone.objects.for_client, action, **values)


_PUBLISHED = "Answers with the zone; its `publication` says when the name server has it."
_WWW = {"name": "www", "type": "A", "ttl": 300, "value": "192.0.2.10"}
ZONE_WRITES = (
    _of_zone(
        "",
        "Make a zone",
        "From the template of the company, for a domain of this account. One that is registered elsewhere needs an "
        "active service. A zone that was about to end goes on.",
        action=_open_zone,
        body=NewZone,
        example={"name": "acme.example"},
        reads=None,
        rows=None,
        needs_key=True,
        status=201,
        name_lock="zones",
        unsettled=("id", "url", "versions.id"),
    ),
    _of_zone(
        "/{id}/records",
        "Zone: set all of its records",
        f"What is not in the body goes. {_PUBLISHED}",
        method="PUT",
        action=_set_records,
        body=ZoneRecordsBody,
        example={
            "records": [{"name": "@", "type": "NS", "value": "ns1.example.net."}, _WWW],
        },
        needs_version=True,
    ),
    _of_zone(
        "/{id}/records",
        "Zone: edit some of its records",
        f"All edits are done, or none; records that they do not name stay. {_PUBLISHED}",
        method="PATCH",
        action=_edit_records,
        body=RecordEdits,
        example={
            "edits": [
                {"op": "replace", "name": "www", "type": "A", "values": ["192.0.2.10"]},
                {"op": "remove", "name": "_acme-challenge", "type": "TXT"},
            ]
        },
    ),
    _of_zone(
        "/{id}/import",
        "Zone: import a zone file",
        f"A dry run shows what it would become. {_PUBLISHED}",
        action=_import,
        body=ZoneFileBody,
        example={"zone_file": "@ 3600 IN NS ns1.example.net.\nwww 300 IN A 192.0.2.10\n"},
        needs_key=True,
    ),
    _of_zone(
        "/{id}/check",
        "Zone: check its delegation",
        "Asks the registry which nameservers the domain uses, and answers with the zone. Ten a minute.",
        action=_keep_check,
        asks_first=_ask_registry,
    ),
    _of_zone(
        "/{id}",
        "End a zone",
        "The name server answers for it no longer, and the owners of the account get its records by email. Not while "
        "it is signed.",
        method="DELETE",
        scope="dns:destroy",
        effect="destroy",
        action=_end,
    ),
)
"""What is done with a zone and takes more than a switch."""
ZONE_POSTS = (
    _act_post("restore", restore_version, members={"number": "number"}),
    _act_post("reset", reset_zone),
    _act_post("sign", sign_zone),
    _act_post("unsign", unsign_zone),
)
"""Acts of the portal below a zone."""
