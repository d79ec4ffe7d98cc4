"""PayPal switched on, against its double on this machine."""

from collections.abc import Iterator

import pytest

from commerce.kit import clock
from commerce.payments.gateways import contract, registry
from commerce.payments.gateways.contract import Gateway
from commerce.payments.gateways.paypal import adapter
from tests import make
from tests.doubles.paypal import PayPalWorld, paypal_on, paypal_world
from tests.payments.gateways.paypal.steps import Payer
from tests.portal.conftest import make_cast


@pytest.fixture(scope="session")
def one_world() -> Iterator[PayPalWorld]:
    with paypal_world() as world:
        yield world


@pytest.fixture
def world(db: None, one_world: PayPalWorld) -> Iterator[PayPalWorld]:
    one_world.server.empty()
    one_world.server.certificates.clear()
    with clock.freeze_time(make.AT), paypal_on(one_world):
        one_world.server.calls.clear()
        yield one_world


@pytest.fixture
def as_hurried_as_ever(world: PayPalWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    """A message is verified in the seconds of the product, not in those of a busy machine."""
    monkeypatch.setattr(adapter, "VERIFY_SECONDS", contract.VERIFY_SECONDS)


@pytest.fixture
def paypal(world: PayPalWorld) -> Gateway:
    return registry.get_gateway("paypal")


@pytest.fixture
def payer(world: PayPalWorld) -> Payer:
    return Payer(make_cast(), world)
