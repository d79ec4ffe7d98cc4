"""Mollie switched on, against its double on this machine."""

from collections.abc import Iterator

import pytest

from commerce.kit import clock
from commerce.payments.gateways import registry
from commerce.payments.gateways.contract import Gateway
from tests import make
from tests.doubles.mollie.world import API_KEY, MollieWorld, mollie_on, mollie_world


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.freeze_time(make.AT):
        yield


@pytest.fixture(scope="session")
def one_world() -> Iterator[MollieWorld]:
    with mollie_world() as world:
        yield world


@pytest.fixture
def world(db: None, one_world: MollieWorld) -> Iterator[MollieWorld]:
    one_world.double.empty()
    one_world.account.api_key = API_KEY
    with mollie_on(one_world):
        one_world.double.calls.clear()
        yield one_world


@pytest.fixture
def mollie(world: MollieWorld) -> Gateway:
    return registry.get_gateway("mollie")
