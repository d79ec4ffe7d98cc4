"""A program that obeys the states of operations, and nothing else, never pays twice (client-api-v2.md 5)."""

import random
from datetime import timedelta

import pytest

from commerce.accounts.models import Client
from commerce.jobs.models import Job
from commerce.jobs.rules import JobStatus
from commerce.payments.models import Payment
from tests import make
from tests.api.v2.paying.test_payments import pay, shown, spender
from tests.doubles.gateway import FakeProvider
from tests.make.cards import TODAY, keep, status, work
from tests.make.draws import draws
from tests.make.proof import proof_violations

CHARGES = Job.objects.filter(action__startswith="attempt.")


class World:
    """What happens to a charge, in the order of chance."""

    def __init__(self, provider: FakeProvider, draw: random.Random) -> None:
        self.provider, self.draw, self.minutes = provider, draw, 0
        self.happens = (self.works, self.works, self.parks, self.goes_on, self.loses, self.is_mute)

    def next(self) -> None:
        self.minutes += 20
        self.draw.choice(self.happens)()

    def works(self) -> None:
        work(TODAY, self.minutes)

    def parks(self) -> None:
        CHARGES.filter(status=JobStatus.QUEUED).update(status=JobStatus.PARKED)

    def goes_on(self) -> None:
        """Staff have the job tried again."""
        CHARGES.filter(status=JobStatus.PARKED).update(status=JobStatus.QUEUED)

    def loses(self) -> None:
        self.provider.lost.append("charge_saved")

    def is_mute(self) -> None:
        self.provider.silent.append("charge_saved")

    def calms_down(self) -> None:
        self.provider.lost.clear()
        self.provider.silent.clear()
        self.provider.declined.clear()
        for _ in range(3):
            self.goes_on()
            self.minutes += timedelta(hours=3) // timedelta(minutes=1)
            self.works()


@pytest.mark.parametrize("seed", range(draws(8)))
def test_a_program_that_obeys_the_states_pays_once(
    seed: int, alice: Client, provider: FakeProvider
) -> None:
    draw = random.Random(seed)  # noqa: S311 - the same each time
    world, invoice = World(provider, draw), make.make_invoice(alice)
    card = {"payment_method_id": keep(alice).pk}
    token = spender(alice, 2_000)[1]
    if draw.random() < 0.5:
        provider.declined["card-1"] = "No money."
    tries = 1
    answer = pay(invoice, token, card, key="try 1")
    for step in range(14):
        world.next() if step < 10 else world.calms_down()
        stands = shown(answer, token)["status"]
        if stands == "failed":  # it says that nothing was or will be done
            tries += 1
            provider.declined.clear()
            answer = pay(invoice, token, card, key=f"try {tries}")
    assert shown(answer, token)["status"] == "succeeded"
    assert status(invoice) == "paid"
    assert Payment.objects.count() == 1
    assert [one.state for one in provider.sessions.values()].count("paid") == 1
    assert proof_violations() == {}
