"""What tests of messages share: the clock stands still, and a client has paid at the gateway."""

from collections.abc import Iterator

import pytest

from commerce.kit import clock
from tests import make
from tests.doubles.gateway import FakeProvider
from tests.payments.test_redirect import begin


@pytest.fixture(autouse=True)
def _still() -> Iterator[None]:
    with clock.freeze_time(make.AT):
        yield


@pytest.fixture
def paid(provider: FakeProvider) -> str:
    """The reference of an attempt that was paid, of which nobody knows here yet."""
    started = begin(make.make_invoice())[1]
    provider.pay(started.reference)
    return started.reference
