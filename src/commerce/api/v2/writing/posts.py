"""What a POST below a record does: an act of the portal, carried on by a registrar, panel or gateway."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from commerce.api.core import errors
from commerce.api.core.errors import ProblemPart
from commerce.api.v2.reading.bound import BoundRows
from commerce.api.v2.reading.resource import Resource
from commerce.api.v2.resources.carriers import DOMAIN_CHANGE
from commerce.api.v2.resources.domains import DOMAINS
from commerce.api.v2.resources.operations import OPERATIONS
from commerce.api.v2.resources.orders import ORDERS
from commerce.api.v2.resources.services import SERVICES
from commerce.api.v2.writing.bodies import (
    Body,
    member_problem,
    missing_member,
    pointer,
    unknown_member,
)
from commerce.api.v2.writing.operations import started
from commerce.api.v2.writing.renewals import commit_kept_service
from commerce.api.v2.writing.routes import Effect, WriteCall, WriteResult
from commerce.billing.changes.cancellations.actions import (
    request_cancellation,
    withdraw_cancellation,
)
from commerce.billing.changes.cancellations.rules import CancellationKind, kind_in_effect
from commerce.billing.models import CancellationRequest
from commerce.domains.actions.changes import request_transfer_lock, request_whois_privacy
from commerce.domains.actions.transfers import cancel_transfer, give_new_code
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.acts.act import act_of
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError
from commerce.orders.actions.cancelling import cancel_own_order
from commerce.orders.models import Order
from commerce.site_settings import current

type ScopeOfValues = Callable[[Any, Mapping[str, Any], Context], str]
"""The scope that an act with these values takes besides its route's, for a record; empty if none."""


@dataclass(frozen=True, eq=False)
class ActPost:
    """``POST <resource>/{id}/<verb>``, or DELETE: does ``action`` with ``given`` values and those of its ``members`` in
    the body, to the record or to what ``target`` finds of it.

    Where the action is carried on by something else it returns a row of ``carrier``, which says how it stands from then
    on, or None if it was so already: the answer is an operation. Without a ``carrier`` it is the record as it is then.
    """

    resource: Resource
    verb: str
    scope: str
    rows: Callable[[int], QuerySet[Any]]
    action: Callable[..., Any]
    carrier: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    """Member of the body by the parameter that it is for; required where the parameter is."""
    method: str = "POST"
    target: Callable[[Any], Any] | None = None
    more_scope: ScopeOfValues | None = None
    effect: Effect = "change"
    counts: Callable[[WriteCall, Any], None] | None = None
    """What the act newly commits the client to, of the record or its ``target``."""
    needs_version = is_own = False
    name_lock = ""
    asks_first = locks_first = None

    @property
    def path(self) -> str:
        """Its address."""
        return f"{self.resource.path}/{{id}}/{self.verb}"

    @property
    def scopes(self) -> Sequence[str]:
        """All that a token needs, besides ``more_scope``."""
        found = [self.resource.scope, self.scope, self.shown.scope]
        return list(dict.fromkeys(one for one in found if one))

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
        """The operation, or the record."""
        return OPERATIONS if self.carrier else self.resource

    @property
    def needs_key(self) -> bool:
        """Whether it makes something."""
        return self.method == "POST"

    @property
    def while_suspended(self) -> bool:
        """As its act says."""
        return act_of(self.action).while_suspended

    @property
    def may_be_empty(self) -> bool:
        """Whether no member is required."""
        return not self.required

    @property
    def unsettled(self) -> Sequence[str]:
        """The id of an operation."""
        return ["id"] if self.carrier else []

    @property
    def required(self) -> list[str]:
        """Members that a body must have."""
        parameters = act_of(self.action).parameters
        return [name for one, name in self.members.items() if parameters[one].is_required]

    def read(self, body: Body) -> Body:
        """As it is: what it may hold depends on the record."""
        return body

    def do(self, call: WriteCall) -> WriteResult:
        """Do it. Raises ``ApiProblem`` 403, 404 or 422, and what the action raises."""
        record, body, ctx = call.record, call.body, call.ctx
        act = act_of(self.action)
        values = {**self.given, **self._values(record, body)}
        scope = self.more_scope(record, values, ctx) if self.more_scope else ""
        if scope and not call.caller.has_scope(scope):
            raise errors.missing_scope(scope)
        target = self.target(record) if self.target else record
        if target is None:
            raise errors.not_found()
        if self.counts:
            self.counts(call, target)
        made = act.call(target, values, ctx)
        if not self.carrier:
            return WriteResult(self.resource, record.pk)
        return started(call, act=self.verb, record=record, carrier=(self.carrier, made))

    def _values(self, record: Any, body: Body) -> dict[str, Any]:
        values: dict[str, Any] = {}
        wrong = [unknown_member(name) for name in body if name not in self.members.values()]
        parameters = act_of(self.action).parameters
        for parameter, name in self.members.items():
            if name not in body:
                if name in self.required:
                    wrong.append(missing_member(name))
                continue
            try:
                values[parameter] = parameters[parameter].input.from_json(body[name], record)
            except BusinessError as error:
                wrong.append(ProblemPart("pointer", pointer(name), error.code, str(error)))
        if wrong:
            raise member_problem(wrong)
        return values


def _of_domain(verb: str, action: Callable[..., Any], scope: str, **values: Any) -> ActPost:
    return ActPost(
        DOMAINS, verb, scope, Domain.objects.for_client, action, carrier=DOMAIN_CHANGE, **values
    )


def _open_cancellation(service: Service) -> CancellationRequest | None:
    return (
        CancellationRequest.objects.for_client(service.client_id)
        .open()
        .filter(service=service)
        .select_related("service__product", "service__client")
        .first()
    )


def _scope_of_end(service: Service, values: Mapping[str, Any], ctx: Context) -> str:
    """To end a service now takes a scope of its own, whatever it is called."""
    today = current.business_date(ctx.at)
    kind = kind_in_effect(values["kind"], next_due_date=service.next_due_date, today=today)
    return "services:destroy" if kind == CancellationKind.IMMEDIATE else ""


ACT_POSTS = (
    _of_domain("lock", request_transfer_lock, "domains:write", given={"locked": True}),
    _of_domain("unlock", request_transfer_lock, "domains:transfer", given={"locked": False}),
    _of_domain("privacy", request_whois_privacy, "domains:write", members={"enabled": "enabled"}),
    ActPost(
        DOMAINS,
        "transfers",
        "domains:write",
        Domain.objects.for_client,
        give_new_code,
        members={"code": "authorization_code"},
    ),
    ActPost(
        DOMAINS,
        "transfers",
        "domains:write",
        Domain.objects.for_client,
        cancel_transfer,
        method="DELETE",
    ),
    ActPost(
        SERVICES,
        "cancellation",
        "services:write",
        Service.objects.for_client,
        request_cancellation,
        members={"kind": "kind", "reason": "reason"},
        more_scope=_scope_of_end,
    ),
    ActPost(
        SERVICES,
        "cancellation",
        "services:write",
        Service.objects.for_client,
        withdraw_cancellation,
        method="DELETE",
        target=_open_cancellation,
        effect="spend",
        counts=commit_kept_service,
    ),
    ActPost(ORDERS, "cancel", "orders:write", Order.objects.for_client, cancel_own_order),
)
"""All acts below a record."""
