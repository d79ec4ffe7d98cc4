"""What the database refuses: a statement stays as it was made, and so does what was told and ticked before."""

from commerce.consumers.models import STATED_FIELDS, ConsumerStatement, StatementCreditNote
from commerce.db.triggers import TriggerGuard, refusing_triggers
from commerce.support.models import ConsumerConsent, InstructionCopy, WithdrawalInstruction


def consumer_triggers() -> list[TriggerGuard]:
    """Guards of statements, of their credit notes, and of consents and instructions."""
    table = ConsumerStatement._meta.db_table
    says = "the statement of a consumer does not change"
    changed = " OR ".join(f"OLD.{name} IS DISTINCT FROM NEW.{name}" for name in STATED_FIELDS)
    kept = (StatementCreditNote, ConsumerConsent, InstructionCopy, WithdrawalInstruction)
    return [
        TriggerGuard(table, "UPDATE", changed, says),
        TriggerGuard(table, "DELETE", "1 = 1", "statements of consumers are kept"),
        TriggerGuard(table, "TRUNCATE", "1 = 1", "statements of consumers are kept"),
        *(
            guard
            for model in kept
            for guard in refusing_triggers(
                model._meta.db_table, f"{model._meta.verbose_name}s are only added"
            )
        ),
    ]
