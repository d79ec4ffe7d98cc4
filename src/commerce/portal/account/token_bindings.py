"""What a member can bind a token to, and what a token is bound to, in words (client-api-v2.md 2)."""

from typing import Any

from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.actions.api_writes.bindable import BoundRecord, rows_to_bind
from commerce.accounts.models import ApiTokenBinding, Client
from commerce.accounts.rules import BoundKind
from commerce.dns.rules import ZoneStatus
from commerce.domains.rules import LIVE_DOMAIN_STATUSES
from commerce.hosting.rules import LIVE_SERVICE_STATUSES
from commerce.portal.base.access import ActingMember

KIND_WORDS = {
    BoundKind.SERVICE: _lazy("Services"),
    BoundKind.DOMAIN: _lazy("Domains"),
    BoundKind.ZONE: _lazy("DNS zones"),
}
_RIGHTS = {
    BoundKind.SERVICE: "services.view",
    BoundKind.DOMAIN: "domains.view",
    BoundKind.ZONE: "domains.manage",
}
_LIVE = {
    BoundKind.SERVICE: LIVE_SERVICE_STATUSES,
    BoundKind.DOMAIN: LIVE_DOMAIN_STATUSES,
    BoundKind.ZONE: (ZoneStatus.LIVE,),
}

type GroupedChoices = list[tuple[Any, list[tuple[str, str]]]]


def binding_choices(acting: ActingMember) -> GroupedChoices:
    """What is live and the member may see, by kind; kinds of which there is nothing are left out."""
    found: GroupedChoices = []
    for kind, words in KIND_WORDS.items():
        if not acting.may(_RIGHTS[kind]):
            continue
        rows = rows_to_bind(kind, acting.client).filter(status__in=_LIVE[kind])
        if choices := sorted((_name(row), f"{kind}:{row.pk}") for row in rows):
            found.append((words, [(value, name) for name, value in choices]))
    return found


def chosen_record(value: str) -> BoundRecord:
    """The record that a choice stands for."""
    kind, _, number = value.partition(":")
    return kind, int(number)


def bound_names(client: Client, token_id: int) -> GroupedChoices:
    """What a token is bound to, by kind, ended records too."""
    bindings = ApiTokenBinding.objects.for_client(client).filter(token_id=token_id)
    ids: dict[str, list[int]] = {}
    for kind, record_id in bindings.values_list("kind", "record_id"):
        ids.setdefault(kind, []).append(record_id)
    return [
        (
            words,
            sorted(
                (_name(row), row.pk) for row in rows_to_bind(kind, client).filter(pk__in=ids[kind])
            ),
        )
        for kind, words in KIND_WORDS.items()
        if kind in ids
    ]


def _name(row: Any) -> str:
    """A service with the domain that it is for, since many have the same name."""
    domain = getattr(row, "domain", "")
    return f"{row} · {domain}" if isinstance(domain, str) and domain else str(row)
