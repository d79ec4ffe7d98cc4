"""support-and-content.md 9: what consumers get back is what a second model counts, in random shops and lives.

`DRAWS=50 make test ARGS=tests/model/test_statements.py` has 1,000 of them.
"""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis
from hypothesis import strategies as st

from commerce.domains.models import Domain
from tests.doubles.gateway import FakeProvider
from tests.make.draws import draws
from tests.make.proof import proof_violations
from tests.model import acts_buying, acts_consumers
from tests.model.worlds import World, left_to_prove


class RollBack(Exception):
    """Ends an example, and takes its rows back."""


@pytest.mark.django_db
@hypothesis(
    max_examples=draws(10),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a smaller seed is no simpler life
    suppress_health_check=list(HealthCheck),
    deadline=None,
)
@given(seed=st.integers(0, 2**32))
def test_what_comes_back_is_what_the_second_model_counts(provider: FakeProvider, seed: int) -> None:
    try:
        with transaction.atomic():
            Life(seed).lead()
            raise RollBack
    except RollBack:
        pass


class Life(World):
    """Clients who order, pay or not, change plans and are credited, and then state what the law lets them state."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        dice = self.dice
        if self.chance(0.7):
            del self.people[1:]
        self.gateway = dice.choice(["fake", "fake", "fake", "bank_transfer"])
        self.adopted, self.decided_a_day = 0.1, 0.8
        self.staff_a_day = dice.choice([0, 0, 0.2])
        self.changes_a_day = dice.choice([0, 0.1, 0.3])
        self.set("consumer.enabled", "on")
        self.set("consumer.withdrawal_days", str(dice.choice([14, 14, 14, 60])))

    def lead(self) -> None:
        """From the first order to what came back."""
        dice = self.dice
        for person in self.people:
            acts_buying.order(self, person)
        self.live(dice.choice([0, 1, 2, 4]))
        for _ in range(dice.choice([0, 0, 0, 0, 1, 2])):
            acts_consumers.pass_days(self, dice.choice([4, 20, 31]))
            for person in self.people:
                acts_buying.activate(self, person)
                while dice.random() < 0.8 and acts_buying.pay(self, person):
                    pass
            self.live(dice.choice([0, 0, 2]))
        self.staff_a_day = 0
        for _ in range(dice.choice([1, 1, 1, 2])):
            self.state()
        assert left_to_prove(proof_violations(self.at)) == {}

    def state(self) -> None:
        """One of the clients states something of what they have."""
        dice, person = self.dice, self.dice.choice(self.people)
        names = Domain.objects.filter(
            client=person.client, order_unit__isnull=False, status="pending"
        ).order_by("pk")
        if names and self.chance(0.3):
            acts_consumers.withdraw_name(self, person, dice.choice(list(names)))
            return
        live = self.services_of(person, "active", "suspended")
        if live and self.chance(0.4):
            acts_consumers.end(self, person, dice.choice(live))
        elif own := self.services_of(person, "pending", "active", "suspended", "cancelled"):
            later = dice.choice([0, 0, 0, 3])
            acts_consumers.withdraw(self, person, dice.choice(own), later=later)
