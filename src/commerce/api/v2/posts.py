"""What a POST below a record does: an act of the portal, carried on by a registrar, panel or gateway."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from commerce.accounts.actions.api_writes.operations import record_operation
from commerce.api.core.errors import ProblemPart
from commerce.api.v2.bodies import Body, member_problem, pointer
from commerce.api.v2.domains import DOMAINS
from commerce.api.v2.operations import DOMAIN_CHANGE
from commerce.api.v2.resource import Resource
from commerce.domains.actions.changes import request_transfer_lock, request_whois_privacy
from commerce.domains.models import Domain
from commerce.kit.acts.act import act_of
from commerce.kit.context import Context
from commerce.kit.errors import BusinessError


@dataclass(frozen=True, eq=False)
class ActPost:
    """``POST <resource>/{id}/<verb>``: does ``action`` with ``given`` values and those of its ``members`` in the body.

    What the action returns is a row of ``carrier``, which says how the act stands from then on, or None if it was so
    already.
    """

    resource: Resource
    verb: str
    scope: str
    rows: Callable[[int], QuerySet[Any]]
    action: Callable[..., Any]
    carrier: str
    given: Mapping[str, Any] = field(default_factory=dict)
    members: Mapping[str, str] = field(default_factory=dict)
    """Member of the body by the parameter that it is for; each is required."""

    def do(self, record: Any, body: Body, ctx: Context) -> str:
        """Do it; the id of the operation. Raises ``ApiProblem`` 422, and what the action raises."""
        act = act_of(self.action)
        made = act.call(record, {**self.given, **self._values(record, body)}, ctx)
        operation = record_operation(
            client_id=record.client_id,
            token_id=ctx.actor.id or 0,
            act=f"{record._meta.model_name}.{self.verb}",
            record=(record._meta.model_name, record.pk),
            carrier=(self.carrier, None if made is None else made.pk),
            ctx=ctx,
        )
        return operation.key

    def _values(self, record: Any, body: Body) -> dict[str, Any]:
        values: dict[str, Any] = {}
        wrong = [
            ProblemPart(
                "pointer", pointer(name[:100]), "unknown", f"There is no member {name[:100]} here."
            )
            for name in body
            if name not in self.members.values()
        ]
        parameters = act_of(self.action).parameters
        for parameter, name in self.members.items():
            if name not in body:
                text = f"The member {name} is missing."
                wrong.append(ProblemPart("pointer", pointer(name), "missing", text))
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


POSTS: dict[tuple[Resource, str], ActPost] = {
    (one.resource, one.verb): one
    for one in (
        _of_domain("lock", request_transfer_lock, "domains:write", given={"locked": True}),
        _of_domain("unlock", request_transfer_lock, "domains:transfer", given={"locked": False}),
        _of_domain(
            "privacy", request_whois_privacy, "domains:write", members={"enabled": "enabled"}
        ),
    )
}
"""By resource and verb."""
