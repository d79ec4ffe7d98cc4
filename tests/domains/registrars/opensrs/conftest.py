"""OpenSRS on this machine, and the adapter that calls it."""

from collections.abc import Iterator

import pytest

from commerce.domains.registrars.opensrs.adapter import OpenSrsRegistrar
from tests.domains.registrars.opensrs_side import OpenSrsSide
from tests.doubles.opensrs.server import OpenSrsDouble


@pytest.fixture
def double() -> Iterator[OpenSrsDouble]:
    made = OpenSrsDouble()
    try:
        yield made
    finally:
        made.server.end()


@pytest.fixture
def registrar(double: OpenSrsDouble) -> OpenSrsRegistrar:
    return OpenSrsSide(double.server, double.account).registrar()
