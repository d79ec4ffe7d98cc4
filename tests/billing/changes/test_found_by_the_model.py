"""What the second model of plan changes (``tests/model``) found: the smallest case of each."""

from fractions import Fraction

from commerce.billing.changes.plan_changes.rules import give_back
from commerce.billing.invoices.credit_note_rules import RemainingShare


def test_no_more_is_given_back_than_an_invoice_holds() -> None:
    """Notes of staff are rounded for each unit: of 0.01 that is left one has 0.02 and the other one -0.01."""
    parts = [RemainingShare(n, n, "item", ("S", 20_000), net, 0) for n, net in enumerate((3, -1))]
    given = give_back(parts, Fraction(1), 20_000, prices_include_tax=False, most=1)
    assert sum(part.gross for part in given) == 1
    assert give_back(parts, Fraction(1), 20_000, prices_include_tax=False, most=0) == []
