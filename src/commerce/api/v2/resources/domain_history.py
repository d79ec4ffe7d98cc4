"""``GET /domains/{id}/history``: what was done with a domain, as the portal tells it."""

from typing import Annotated, Literal

from django.db.models import OuterRef
from django.utils import translation
from msgspec import Struct

from commerce.accounts.rules import BoundKind
from commerce.api.read.fields import api_field, api_rows
from commerce.api.read.statement import TOKEN_CLIENT
from commerce.api.v1.field_types import Id, Instant, instant_in_json
from commerce.api.v2.reading.bound import bound_as
from commerce.api.v2.reading.resource import Resource
from commerce.audit.models import AuditEntry
from commerce.domains.models import Domain as DomainModel
from commerce.presentation.client_actions import CLIENT_ACTION_LABELS

SHOWN_ENTRIES = 100

_NOT_SHOWN = ("domain.registrar_chosen",)
"""Which registrar is ours is the company's to know."""
_ENTRIES = AuditEntry.objects.for_client(TOKEN_CLIENT).filter(
    record_kind="domain",
    record_id=OuterRef("pk"),
    action__in=[
        one for one in CLIENT_ACTION_LABELS if one.startswith("domain.") and one not in _NOT_SHOWN
    ],
)
_ACTORS = ("member", "staff", "token")


def _title(action: str) -> str:
    with translation.override("en"):
        return str(CLIENT_ACTION_LABELS[action])


def _actor(kind: str) -> str:
    return kind if kind in _ACTORS else "system"


def _actor_name(kind: str, name: str) -> str | None:
    """People of the company are not named."""
    return name or None if kind in ("member", "token") else None


class DomainEvent(Struct, frozen=True):
    """Something that was done with a domain."""

    id: Annotated[Id, api_field("pk", story=[7187, 7203])]
    at: Annotated[
        Instant,
        api_field(
            "at",
            show=instant_in_json,
            story=["2026-04-08T14:33:10Z", "2026-04-09T08:02:45Z"],
            description="When it was done.",
        ),
    ]
    action: Annotated[
        str,
        api_field(
            "action",
            story=["domain.created", "domain.lock_requested"],
            description="What was done, for programs.",
            examples=["domain.created"],
        ),
    ]
    title: Annotated[
        str,
        api_field(
            "action",
            show=_title,
            story=["Domain ordered", "Change of transfer lock requested"],
            description="The same in words.",
            examples=["Domain ordered"],
        ),
    ]
    actor: Annotated[
        Literal["member", "staff", "token", "system"],
        api_field("actor_kind", show=_actor, story=["member", "token"], description="Who did it."),
    ]
    actor_name: Annotated[
        str | None,
        api_field(
            "actor_kind",
            "actor_name",
            show=_actor_name,
            story=["jane@acme.example", "Shop"],
            description="A member by their address, a program by the name of its token; null for others.",
            examples=["Shop"],
        ),
    ]


class DomainHistory(Struct, frozen=True):
    """What was done with a domain."""

    id: Annotated[Id, api_field("pk", story=[88], description="The domain.")]
    history: Annotated[
        list[DomainEvent],
        api_rows(
            DomainEvent,
            _ENTRIES,
            parent="record_id",
            order="pk",
            most=SHOWN_ENTRIES,
            story=[2],
            description=f"The last {SHOWN_ENTRIES} things that were done with it, the earliest first.",
        ),
    ]


DOMAIN_HISTORY = Resource(
    path="/api/v2/domains/{id}/history",
    scope="domains:read",
    name="history of a domain",
    queryset=lambda: DomainModel.objects.for_client(TOKEN_CLIENT),
    row_struct=DomainHistory,
    is_versioned=False,
    bound=bound_as(BoundKind.DOMAIN),
)
