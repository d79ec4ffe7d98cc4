"""What follows for statements of consumers; wired in ``commerce/reactions.py``."""

from commerce.consumers.actions.carrying_out import settle_ended_contract
from commerce.consumers.actions.matching import match_contract
from commerce.consumers.actions.statements import tie_statement
from commerce.consumers.emails import (
    send_carried_out_email,
    send_owner_email,
    send_statement_waiting_email,
)
from commerce.consumers.events import ConsumerStatementCarriedOut, ConsumerStatementMade
from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import StatementChannel, StatementStatus
from commerce.events.publish import at_event_time
from commerce.hosting.events import ServiceCancelled, ServiceTerminated
from commerce.kit.context import Context

_RELATED = ("client", "service__client", "service__product", "domain__client")


def _statement(pk: int) -> ConsumerStatement:
    return ConsumerStatement.objects.select_related(*_RELATED).get(pk=pk)


def match_statement(event: ConsumerStatementMade, ctx: Context) -> None:
    """Look for the contract of a statement, then tell its owner, and staff, unless it was carried out meanwhile."""
    statement = _statement(event.statement_id)
    if statement.status != StatementStatus.RECEIVED:
        return
    if statement.client_id is None:
        client, contract = match_contract(statement)
        if client is not None:
            tie_statement(statement=statement, chosen=contract, client=client, ctx=ctx)
            statement = _statement(event.statement_id)
    if statement.client is not None and statement.channel == StatementChannel.PAGE:
        send_owner_email(statement=statement, at=ctx.at)
    send_statement_waiting_email(statement=statement, at=ctx.at)


@at_event_time
def send_statement_carried_out_email(event: ConsumerStatementCarriedOut, ctx: Context) -> None:
    """The client reads when the contract ends, and what comes back."""
    send_carried_out_email(statement=_statement(event.statement_id), at=ctx.at)


def settle_contract_of_ended_service(
    event: ServiceCancelled | ServiceTerminated, ctx: Context
) -> None:
    """What is paid beyond the end of a contract that a consumer ended goes back."""
    settle_ended_contract(service_id=event.service_id, ctx=ctx)
