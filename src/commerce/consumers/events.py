"""What happens to statements of consumers, for whoever wants to know (``commerce/reactions.py``)."""

from msgspec import Struct


class ConsumerStatementMade(Struct, frozen=True):
    """A statement was made; nothing has changed by it."""

    statement_id: int


class ConsumerStatementCarriedOut(Struct, frozen=True):
    """Its contract ends, on the day that the statement says by now."""

    statement_id: int
