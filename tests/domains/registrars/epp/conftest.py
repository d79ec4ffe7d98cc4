"""A registry that speaks EPP, and our adapter at it."""

from collections.abc import Iterator

import pytest

from commerce.domains.registrars.epp.adapter import EppRegistrar
from tests.doubles.epp.account import settings_for
from tests.doubles.epp.certificates import certificates
from tests.doubles.epp.frames import schema
from tests.doubles.epp.registry import EppRegistry
from tests.doubles.epp.server import EppServer


@pytest.fixture
def registry() -> EppRegistry:
    return EppRegistry("test", "co.test")


@pytest.fixture
def server(registry: EppRegistry) -> Iterator[EppServer]:
    """The registry, whose own frames are all as the RFCs want them."""
    with EppServer(registry, certificates()) as served:
        yield served
        assert served.own_mistakes == []


@pytest.fixture
def settings(server: EppServer) -> dict[str, str]:
    return settings_for(server)


@pytest.fixture
def registrar(server: EppServer, settings: dict[str, str]) -> Iterator[EppRegistrar]:
    """Our adapter, whose frames are all as the RFCs want them."""
    yield EppRegistrar(settings)
    assert server.refused == []


@pytest.fixture
def schemas() -> None:
    """The RFCs' schemas judge all frames; ``make .venv/.epp-schemas`` brings them."""
    if schema() is None:
        pytest.skip("the RFCs' schemas are not there: make .venv/.epp-schemas")
