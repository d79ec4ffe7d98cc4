"""What staff decide about a statement of a consumer by naming a contract (support-and-content.md 9)."""

from typing import Annotated

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.consumers.actions.statements import (
    add_contract,
    add_contract_blocked_reason,
    received_only_blocked_reason,
    tie_statement,
)
from commerce.consumers.finding import find_contract, running_contracts
from commerce.consumers.labels import label_of
from commerce.consumers.models import ConsumerStatement
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.acts.act import act
from commerce.kit.acts.inputs import Reference
from commerce.kit.context import Context

CONTRACT = Reference(
    _("Contract"), about=_("The ID of a service, or the name of a domain."), find=find_contract
)


def _contracts_to_choose(statement: ConsumerStatement) -> str:
    """What the client has, each as the input wants it."""
    client = statement.client
    found = running_contracts(client) if client is not None else []
    if client is None or not found:
        return ""
    named = [
        f"{label_of(one)}: {one.pk}" if isinstance(one, Service) and one.domain else label_of(one)
        for one in found
    ]
    texts = {"client": client.name, "contracts": ", ".join(named)}
    return gettext("Contracts of %(client)s: %(contracts)s") % texts


@act(
    "consumer_statement.tie",
    ConsumerStatement,
    label=_("Choose contract"),
    intro=_contracts_to_choose,
    done=_("Contract saved."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=received_only_blocked_reason,
)
def tie_statement_to_contract(
    *,
    statement: ConsumerStatement,
    contract: Annotated[Service | Domain, CONTRACT],
    ctx: Context,
) -> None:
    """``tie_statement``."""
    tie_statement(statement=statement, chosen=contract, ctx=ctx)


@act(
    "consumer_statement.add_contract",
    ConsumerStatement,
    label=_("Add contract"),
    intro=_contracts_to_choose,
    done=_("Contract added. Carry it out here."),
    staff=StaffPermission.ORDERS_MANAGE,
    blocked=add_contract_blocked_reason,
)
def add_contract_to_statement(
    *,
    statement: ConsumerStatement,
    contract: Annotated[Service | Domain, CONTRACT],
    ctx: Context,
) -> ConsumerStatement:
    """``add_contract``; the statement about it."""
    return add_contract(statement=statement, chosen=contract, ctx=ctx)
