"""Stripe switched on, against its double on this machine."""

from collections.abc import Iterator

import pytest

from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import Gateway
from tests.doubles.stripe import StripeWorld, empty, stripe_on, stripe_world


@pytest.fixture(scope="session")
def one_world() -> Iterator[StripeWorld]:
    with stripe_world() as world:
        yield world


@pytest.fixture
def world(db: None, one_world: StripeWorld) -> Iterator[StripeWorld]:
    empty(one_world.double)
    with stripe_on(one_world):
        one_world.double.calls.clear()
        yield one_world


@pytest.fixture
def stripe(world: StripeWorld) -> Gateway:
    return registry.get_gateway("stripe")
