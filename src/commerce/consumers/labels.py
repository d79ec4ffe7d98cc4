"""What statements, and what they would do, are called for people."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.consumers.models import ConsumerStatement
from commerce.consumers.rules import EndingKind, StatementChannel, StatementKind
from commerce.consumers.working_out import StatementOutcome, work_out
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.errors import BusinessError
from commerce.kit.money import Money
from commerce.presentation.amounts import format_money
from commerce.presentation.formats import format_day
from commerce.presentation.idn import readable_name
from commerce.presentation.labels import Text

KIND_LABELS: Mapping[str, Text] = {
    StatementKind.WITHDRAWAL: _lazy("Withdrawal from a contract"),
    StatementKind.ENDING: _lazy("Cancellation of a contract"),
}
ENDING_LABELS: Mapping[str, Text] = {
    EndingKind.ORDINARY: _lazy("Ordinary cancellation"),
    EndingKind.FOR_CAUSE: _lazy("Cancellation for cause, without notice"),
}
AS_EARLY_AS_POSSIBLE = _lazy("As early as possible")
"""The day that an ending wishes for, where it names none."""

CHANNEL_LABELS: Mapping[str, Text] = {
    StatementChannel.PAGE: _lazy("Without signing in"),
    StatementChannel.SIGNED_IN: _lazy("Signed in"),
    StatementChannel.STAFF: _lazy("Recorded by staff"),
}


def label_of(contract: Service | Domain) -> str:
    """A contract so that it is told apart from others of the same product."""
    if isinstance(contract, Domain):
        return readable_name(contract.domain_name)
    domain = readable_name(contract.domain) if contract.domain else f"#{contract.pk}"
    return f"{contract.label} ({domain})"


def contract_label(statement: ConsumerStatement) -> str:
    """The contract that a statement is tied to; empty if none."""
    contract = statement.domain or statement.service
    return label_of(contract) if contract is not None else ""


def outcome_text(statement: ConsumerStatement, at: datetime) -> str:
    """What a statement would do now, or why it cannot be carried out, in the reader's language."""
    try:
        outcome = work_out(statement, at)
    except BusinessError as error:
        return str(error)
    if outcome.problem is not None:
        return str(outcome.problem)
    values = {
        "contract": contract_label(statement),
        "day": format_day(outcome.ends_on),
        "amount": format_money(outcome.total, outcome.currency_code),
    }
    return _outcome_sentence(statement, outcome) % values


def _outcome_sentence(statement: ConsumerStatement, outcome: StatementOutcome) -> str:
    if statement.kind == StatementKind.WITHDRAWAL:
        if not outcome.total:
            return _(
                "Ends %(contract)s. Nothing is credited: it was used up, or nothing was charged."
            )
        if outcome.is_whole:
            return _("Ends %(contract)s and credits the full amount: %(amount)s.")
        return _("Ends %(contract)s and credits %(amount)s for what wasn't used.")
    if statement.domain is not None:
        return _("%(contract)s isn't renewed and ends on %(day)s.")
    if outcome.total:
        return _("%(contract)s ends on %(day)s, and %(amount)s is credited for the days after it.")
    return _("%(contract)s ends on %(day)s.")


def given_back(statement: ConsumerStatement) -> Money | None:
    """What credit notes took back for a statement; None until that is settled."""
    if statement.given_back is None:
        return None
    return Money(statement.given_back, statement.currency_code)
