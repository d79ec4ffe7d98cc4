"""What a PATCH may change of a resource: its label by the act that the portal has, and the client's own words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from commerce.accounts.actions.api_writes.metadata import change_metadata
from commerce.accounts.models.metadata import REFERENCE
from commerce.api.core.errors import ProblemPart
from commerce.api.v2.reading.bound import BoundRows
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.domains import DOMAINS
from commerce.api.v2.resources.invoices import INVOICES
from commerce.api.v2.resources.orders import ORDERS
from commerce.api.v2.resources.services import SERVICES
from commerce.api.v2.writing.bodies import (
    Body,
    member_problem,
    missing_member,
    pointer,
    unknown_member,
)
from commerce.api.v2.writing.renewals import commit_auto_renewal
from commerce.api.v2.writing.routes import Effect, WriteCall, WriteResult
from commerce.billing.models import Invoice
from commerce.billing.periods.actions.domain_requests import switch_auto_renew
from commerce.domains.models import Domain
from commerce.hosting.actions.editing import rename_service
from commerce.hosting.models import Service
from commerce.kit.acts.act import act_of
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.orders.models import Order

type ActMember = tuple[Callable[..., Any], str]
"""An action that has an act, and its parameter that a member of the body gives."""


@dataclass(frozen=True, eq=False)
class ResourceChange:
    """The PATCH of a resource, whose ``rows`` are a client's records. ``counts`` what the values of a body newly commit
    the client to.
    """

    resource: Resource
    scope: str
    rows: Callable[[int], QuerySet[Any]]
    members: Mapping[str, ActMember] = field(default_factory=dict)
    counts: Callable[[WriteCall, Mapping[str, Any]], None] | None = None
    effect: Effect = "change"
    has_items: bool = False
    """Whether positions of a record have words of their own."""
    method = "PATCH"
    needs_key = needs_version = may_be_empty = while_suspended = is_own = False
    name_lock = ""
    asks_first = locks_first = None
    unsettled: Sequence[str] = ()

    @property
    def path(self) -> str:
        """Its address."""
        return f"{self.resource.path}/{{id}}"

    @property
    def scopes(self) -> Sequence[str]:
        """All that a token needs."""
        return [self.resource.scope, self.scope]

    def scopes_for(self, body: Body) -> Sequence[str]:
        """The same: what else it takes depends on the record."""
        return self.scopes

    @property
    def bound(self) -> BoundRows | None:
        """As of its resource."""
        return self.resource.bound

    @property
    def token_of(self) -> Callable[[Any], int | None] | None:
        """As of its resource."""
        return self.resource.token_of

    @property
    def shown(self) -> Resource:
        """The row as it is then."""
        return self.resource

    @property
    def member_names(self) -> tuple[str, ...]:
        """All that a body may have."""
        items = ("items",) if self.has_items else ()
        return (*self.members, "reference", "metadata", *items)

    def read(self, body: Body) -> Body:
        """As it is: what it may hold depends on the record."""
        return body

    def do(self, call: WriteCall) -> WriteResult:
        """Do what the body says to a record. Raises ``ApiProblem`` 422, and what the actions raise."""
        record, body, ctx = call.record, call.body, call.ctx
        values = self._values(record, body)
        words = _words(body)
        if self.counts:
            self.counts(call, values)
        for name, value in values.items():
            action, parameter = self.members[name]
            act_of(action).call(record, {parameter: value}, ctx)
        if words:
            change_metadata(record=record, values=words, ctx=ctx)
        change_item_words(record, body.get("items", []), ctx)
        return WriteResult(self.resource, record.pk)

    def _values(self, record: Any, body: Body) -> dict[str, Any]:
        """The values for the acts; all that is wrong with any member is told at once."""
        values: dict[str, Any] = {}
        wrong = _wrong_words(body)
        if self.has_items:
            wrong += _wrong_items(record, body.get("items", []))
        for name, given in body.items():
            if name not in self.member_names:
                wrong.append(unknown_member(name))
            elif name in self.members:
                action, parameter = self.members[name]
                try:
                    given_to = act_of(action).parameters[parameter].input
                    values[name] = given_to.from_json(given, record)
                except BusinessError as error:
                    wrong.append(ProblemPart("pointer", pointer(name), error.code, str(error)))
        if wrong:
            raise member_problem(wrong)
        return values


def _wrong_words(body: Body) -> list[ProblemPart]:
    wrong = []
    reference = body.get("reference")
    if reference is not None and not isinstance(reference, str):
        detail = "The reference must be a text or null."
        wrong.append(ProblemPart("pointer", "/reference", "not_valid", detail))
    metadata = body.get("metadata", {})
    if not isinstance(metadata, dict):
        detail = "The metadata must be an object."
        wrong.append(ProblemPart("pointer", "/metadata", "not_valid", detail))
        return wrong
    for key, value in metadata.items():
        if key == REFERENCE or not (value is None or isinstance(value, str)):
            place = pointer("metadata", key[:100])
            detail = "A key of metadata is not empty, and its value is a text or null."
            wrong.append(ProblemPart("pointer", place, "not_valid", detail))
    return wrong


def _words(body: Body) -> dict[str, str | None]:
    """The reference and the pairs that a body names, as ``change_metadata`` takes them."""
    words: dict[str, str | None] = dict(body.get("metadata", {}))
    if "reference" in body:
        words[REFERENCE] = body["reference"]
    return words


def change_item_words(record: Any, given: Sequence[Body], ctx: Context) -> None:
    """Do what is said of positions of a record, each by its ``position``. Raises ``ApiProblem`` 422."""
    items = {one.position: one for one in record.items.all()} if given else {}
    for number, one in enumerate(given):
        try:
            change_metadata(record=record, part=items[one["position"]], values=_words(one), ctx=ctx)
        except BusinessError as error:
            place = pointer("items", str(number), error.field or "")
            raise member_problem([ProblemPart("pointer", place, error.code, str(error))]) from error


def _wrong_items(record: Any, given: Any) -> list[ProblemPart]:
    """What is wrong with the positions that a body names; each may be there once."""
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        detail = "The items must be a list of objects."
        return [ProblemPart("pointer", "/items", "not_valid", detail)]
    positions = {one.position for one in record.items.all()} if given else set()
    wrong: list[ProblemPart] = []
    for number, one in enumerate(given):
        at = pointer("items", str(number))
        found = [unknown_member(name) for name in one if name not in _OF_ITEM]
        found += _wrong_words(one)
        if "position" not in one:
            found.append(missing_member("position"))
        elif type(one["position"]) is not int or one["position"] not in positions:
            detail = "There is no such position, or it is named before."
            found.append(ProblemPart("pointer", "/position", "not_valid", detail))
        else:
            positions.remove(one["position"])
        wrong += [part._replace(place=at + part.place) for part in found]
    return wrong


_OF_ITEM = ("position", "reference", "metadata")

CHANGES = (
    ResourceChange(
        SERVICES,
        "services:write",
        Service.objects.for_client,
        members={"name": (rename_service, "label")},
    ),
    ResourceChange(
        DOMAINS,
        "domains:write",
        Domain.objects.for_client,
        members={"auto_renew": (switch_auto_renew, "enabled")},
        counts=commit_auto_renewal,
        effect="spend",
    ),
    ResourceChange(ORDERS, "orders:write", Order.objects.for_client, has_items=True),
    ResourceChange(INVOICES, "invoices:write", Invoice.objects.for_client),
)
"""All PATCHes."""
