"""M18: each fault that is planted in a plan change, or in what services have of lines, is found by its check."""

from datetime import timedelta

import pytest

from tests import make
from tests.make.people import AT
from tests.make.plan_changes import ask, bought, change, plan, wish
from tests.make.proof import proof_violations
from tests.proof.planting import plant

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=10)
NOTE = "(SELECT max(id) FROM billing_creditnote)"
OTHER = "(SELECT max(id) FROM hosting_service)"


@pytest.fixture(autouse=True)
def _changed(db: None) -> None:
    """Of two units one has changed; another client's change waits for its payment."""
    group = make.make_group()
    small, large = plan(group, 3000), plan(group, 6000)
    first, _second = bought(wish(small, qty=2))
    change(first, large, LATER)
    [waits] = bought(wish(small), client=make.make_client(owner="carol@example.com"))
    ask(waits, large, LATER)
    assert proof_violations(LATER) == {}


def found() -> set[str]:
    return {name for name in proof_violations(LATER) if name.startswith("M18")}


@pytest.mark.parametrize(
    ("sql", "checks"),
    [
        (
            "UPDATE billing_planchange SET invoice_id = (SELECT min(id) FROM billing_invoice)"
            " WHERE status = 'awaiting_payment'",
            "M18",
        ),
        ("UPDATE billing_planchange SET status = 'lapsed' WHERE status = 'applied'", "M18"),
        (
            "UPDATE billing_planchange SET total = total + 1 WHERE status = 'applied'",
            "M18-difference",
        ),
        ("UPDATE billing_planchange SET total = NULL WHERE status = 'applied'", "M18-difference"),
        (
            f"UPDATE billing_creditnote SET plan_change_id = NULL WHERE id = {NOTE}",
            "M18-difference",
        ),
        (
            f"UPDATE billing_lineshare SET service_id = {OTHER} WHERE credit_line_id IS NOT NULL",
            "M18-units",
        ),
        (
            "UPDATE billing_lineshare SET period_start = NULL, period_end = NULL"
            " WHERE credit_line_id IS NOT NULL",
            "M18-units",
        ),
        ("UPDATE billing_lineshare SET net = net + 1 WHERE billing_cycle = 'monthly'", "M18-lines"),
        (
            "DELETE FROM billing_lineshare WHERE period_start IS NOT NULL AND credit_line_id IS NULL",
            "M18-lines",
        ),
        (
            "UPDATE billing_lineshare SET tax = tax - 1 WHERE credit_line_id IS NOT NULL",
            "M18-note-lines",
        ),
    ],
)
def test_a_planted_fault_is_found(sql: str, checks: str) -> None:
    plant(sql)
    assert found() == {checks}


def test_days_that_were_given_back_twice_are_found() -> None:
    plant(
        "INSERT INTO billing_creditnoteline (credit_note_id, line_id, position, description, quantity_milli,"
        " unit_amount, amount, tax_category, tax_rate_milli, tax_amount) SELECT credit_note_id, line_id, 2,"
        " description, 1000, 0, 0, tax_category, tax_rate_milli, 0 FROM billing_creditnoteline; "
        "INSERT INTO billing_lineshare (line_id, service_id, credit_line_id, net, tax, billing_cycle, period_start,"
        " period_end) SELECT line_id, service_id, (SELECT max(id) FROM billing_creditnoteline), 0, 0, '', period_start,"
        " period_end FROM billing_lineshare WHERE credit_line_id IS NOT NULL"
    )
    assert found() == {"M18-days"}
