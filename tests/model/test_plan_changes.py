"""billing.md 8: what a plan change promises and does is what the law says, as an independent model counts it."""

import pytest

from tests.make.proof import proof_violations
from tests.model.worlds import World, left_to_prove

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("seed", [11, 14])
def test_plan_changes_cost_and_give_back_what_an_independent_model_counts(seed: int) -> None:
    world = World(seed, busy=True)
    assert world.live(45)["change asked for"] > 3
    assert left_to_prove(proof_violations(world.at)) == {}


def test_where_net_and_tax_cancel_out_nothing_is_given_back() -> None:
    """A code took all but 0.01 net and −0.01 tax of an order: a note over it would be a document over 0.00."""
    world = World(7186)
    assert world.live(20)["offers"] > 0
