"""``GET /zones`` and ``GET /zones/{id}``: DNS zones with their records (dns.md)."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec
from django.db.models import OuterRef, Subquery, TextField
from django.db.models.functions import Cast
from msgspec import Meta, Struct

from commerce.accounts.rules import BoundKind
from commerce.api.read.fields import api_field, api_rows, examples
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import (
    Day,
    Id,
    Instant,
    instant_in_json,
    whole_second,
    whole_second_or_null,
)
from commerce.api.v2.reading.bound import bound_as
from commerce.api.v2.reading.field_types import (
    DERIVED,
    Url,
    Version,
    status_choices,
    updated_field,
    url_field,
    version_field,
)
from commerce.api.v2.reading.filters import ChoiceFilter, IdFilter, TextFilter
from commerce.api.v2.reading.resource import Resource
from commerce.dns.job_names import PUBLISH_ZONE
from commerce.dns.mail_policies import mail_warnings
from commerce.dns.models import Zone as ZoneModel
from commerce.dns.models import ZoneVersion as ZoneVersionModel
from commerce.dns.rules import DnsRecord, DnssecStatus, ZoneStatus
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus

_NEWEST = ZoneVersionModel.objects.filter(zone=OuterRef("pk")).order_by("-number")
_SERIAL, _LIVE_AT = (Subquery(_NEWEST.values(name)[:1]) for name in ("serial", "live_at"))
_RECORDS = Subquery(_NEWEST.annotate(text=Cast("records", TextField())).values("text")[:1])
_JOB = Subquery(
    Job.objects.filter(subject_kind="zone", subject_id=OuterRef("pk"), action=PUBLISH_ZONE)
    .order_by("-pk")
    .values("status")[:1]
)


def _publication(status: str, live_at: datetime | None, job: str | None) -> str:
    """How its newest records stand at the name server, as the portal says it."""
    if status == ZoneStatus.ENDED:
        return "withdrawn"
    if live_at is not None:
        return "published"
    return "refused" if job == JobStatus.PARKED else "pending"


class Zone(Struct, frozen=True):
    """The DNS records of one domain name at this company's name servers."""

    id: Annotated[Id, api_field("pk", story=[31, 29])]
    name: Annotated[
        str,
        api_field(
            "name",
            story=["acme.example", "old.example"],
            description="The domain name, in ASCII form.",
            examples=["acme.example"],
        ),
    ]
    status: Annotated[
        Literal["live", "ended"],
        api_field("status", story=["live", "ended"], description="Whether it is kept."),
    ]
    domain_id: Annotated[
        Id | None,
        api_field(
            "domain_id",
            story=[88, None],
            description="The domain of this account; null for one that is registered elsewhere.",
        ),
    ]
    serial: Annotated[
        int,
        api_field(
            _SERIAL,
            story=[2026040801, 2026031200],
            ge=0,
            description="Serial of its records in the SOA record.",
            examples=[2026040801],
        ),
    ]
    publication: Annotated[
        Literal["pending", "published", "refused", "withdrawn"],
        api_field(
            "status",
            _LIVE_AT,
            _JOB,
            show=_publication,
            story=["published", "withdrawn"],
            description="How its records stand at the name server: `published` once it answers with `serial`, "
            "`refused` while the company's staff look at it, `withdrawn` once the zone has ended.",
            extra_json_schema=DERIVED,
        ),
    ]
    dnssec: Annotated[
        Literal["unsigned", "signed", "unsigning"],
        api_field(
            "dnssec",
            story=["signed", "unsigned"],
            description="Whether it is signed; `unsigning` until nobody remembers its keys.",
        ),
    ]
    is_delegated: Annotated[
        bool | None,
        api_field(
            "is_delegated",
            story=[True, False],
            description="Whether the registry sends the world here, as the last check found; null before the first.",
        ),
    ]
    ends_on: Annotated[
        Day | None,
        api_field(
            "ends_on",
            story=[None, "2026-04-01"],
            description="Day on which it ends or ended, since its domain left.",
        ),
    ]
    created_at: Annotated[
        Instant,
        api_field(
            "created_at",
            show=whole_second,
            story=["2026-04-08T14:33:10Z", "2026-03-12T10:00:00Z"],
            description="When it was made.",
        ),
    ]
    ended_at: Annotated[
        Instant | None,
        api_field(
            "ended_at",
            show=whole_second_or_null,
            story=[None, "2026-04-01T04:00:00Z"],
            description="When it ended; null while it is live.",
        ),
    ]
    updated_at: Annotated[Instant, updated_field("2026-04-09T08:02:45Z", "2026-04-01T04:00:00Z")]
    version: Annotated[Version, version_field(5, 3)]
    url: Annotated[
        Url,
        url_field(
            "/client/zones/",
            "https://billing.example.com/client/zones/31",
            "https://billing.example.com/client/zones/29",
        ),
    ]


class ZoneRecord(Struct, frozen=True):
    """One record of a zone."""

    name: Annotated[
        str,
        api_field(
            story=["@", "www"],
            description="Name within the zone; `@` is the domain itself.",
            examples=["www"],
        ),
    ]
    type: Annotated[
        str, api_field(story=["NS", "A"], description="Type of the record.", examples=["A"])
    ]
    ttl: Annotated[
        int,
        api_field(
            story=[3600, 300], description="Seconds for which others keep it.", examples=[300]
        ),
    ]
    value: Annotated[
        str,
        api_field(
            story=["ns1.example.net.", "192.0.2.10"],
            description="Value, as zone files say it; that of a TXT record is its plain text.",
            examples=["192.0.2.10"],
        ),
    ]


class RecordWarning(Struct, frozen=True):
    """What looks wrong with a record that mail servers read; the zone is published all the same."""

    code: Annotated[str, Meta(description="What is wrong.", examples=["zone.spf_without_all"])]
    name: Annotated[str, Meta(description="Name of the record.", examples=["@"])]
    part: Annotated[str, Meta(description="The part of its text; may be empty.", examples=["+all"])]


class DelegationProblem(Struct, frozen=True):
    """What is wrong with how the registry delegates the name."""

    code: Annotated[str, Meta(description="What is wrong.", examples=["nameserver_missing"])]
    about: Annotated[
        str,
        Meta(description="The host that it is about; may be empty.", examples=["ns2.example.net"]),
    ]


class DsRecord(Struct, frozen=True):
    """A delegation signer, for the registry of a zone that is signed."""

    key_tag: Annotated[int, Meta(description="Tag of its key.", examples=[20326])]
    algorithm: Annotated[int, Meta(description="Algorithm of its key.", examples=[13])]
    digest_type: Annotated[int, Meta(description="Type of the digest.", examples=[2])]
    digest: Annotated[str, Meta(description="The digest.", examples=["E06D44B8…"])]


class ZoneVersion(Struct, frozen=True):
    """The records as somebody left them."""

    number: Annotated[
        int, api_field("number", story=[1, 2], description="Its number.", examples=[2])
    ]
    serial: Annotated[
        int,
        api_field(
            "serial",
            story=[2026040800, 2026040801],
            description="Its serial.",
            examples=[2026040801],
        ),
    ]
    cause: Annotated[
        Literal["template", "edit", "import", "restore"],
        api_field("cause", story=["template", "edit"], description="What made it."),
    ]
    made_at: Annotated[
        Instant,
        api_field(
            "made_at",
            show=instant_in_json,
            story=["2026-04-08T14:33:10Z", "2026-04-09T08:02:45Z"],
            description="When it was made.",
        ),
    ]


_decoded = msgspec.json.Decoder(list[ZoneRecord]).decode


def _warnings(text: str) -> list[RecordWarning]:
    records = [DnsRecord(one.name, one.type, one.ttl, one.value) for one in _decoded(text)]
    return [RecordWarning(one.code, one.name, one.part) for one in mail_warnings(records)]


def _delegation_problems(text: str) -> list[DelegationProblem]:
    return [
        DelegationProblem(one["code"], one.get("about", "")) for one in msgspec.json.decode(text)
    ]


class ZoneDetail(Zone, frozen=True):
    """One zone with its records, what was found of them, and its versions."""

    records: Annotated[
        list[ZoneRecord],
        api_field(
            _RECORDS,
            show=_decoded,
            story=[examples(ZoneRecord)],
            description="All records but SOA and those that signing makes.",
        ),
    ]
    warnings: Annotated[
        list[RecordWarning],
        api_field(
            _RECORDS,
            show=_warnings,
            story=[[]],
            description="What looks wrong with records of SPF, DKIM and DMARC.",
        ),
    ]
    delegation_problems: Annotated[
        list[DelegationProblem],
        api_field(
            Cast("delegation_problems", TextField()),
            show=_delegation_problems,
            story=[[]],
            description="What the last check of the delegation found to be wrong.",
        ),
    ]
    ds_records: Annotated[
        list[DsRecord],
        api_field(
            Cast("ds_records", TextField()),
            show=msgspec.json.Decoder(list[DsRecord]).decode,
            story=[[]],
            description="DS records of its keys, for a registry that does not get them from here.",
        ),
    ]
    versions: Annotated[
        list[ZoneVersion],
        api_rows(
            ZoneVersion,
            ZoneVersionModel.objects.filter(zone=OuterRef("pk")),
            parent="zone",
            order="number",
            story=[2],
            description="The last versions of its records, of which an earlier one can be restored; "
            "the newest is last.",
        ),
    ]


ZONES = Resource(
    path="/api/v2/zones",
    scope="dns:read",
    name="zones",
    queryset=lambda: ZoneModel.objects.for_client(TOKEN_CLIENT),
    list_struct=Zone,
    row_struct=ZoneDetail,
    own_filters={
        "name": TextFilter("name", "Only those of this domain name.", str.lower),
        "status": ChoiceFilter(
            "status", "Only those with this status.", status_choices([*ZoneStatus])
        ),
        "dnssec": ChoiceFilter(
            "dnssec", "Only those that are signed so.", status_choices([*DnssecStatus])
        ),
        "domain_id": IdFilter("domain_id", "Only those of these domains."),
    },
    bound=bound_as(BoundKind.ZONE),
)
