"""A registrar with its other end, for each that there is."""

from collections.abc import Iterator

import pytest

from commerce.domains.registrars.contract import Registrar
from tests.domains.registrars.all_sides import SIDES
from tests.domains.registrars.sides import RegistrarSide


@pytest.fixture(params=sorted(SIDES))
def side(request: pytest.FixtureRequest) -> Iterator[RegistrarSide]:
    with SIDES[request.param]() as made:
        yield made


@pytest.fixture
def registrar(side: RegistrarSide) -> Registrar:
    return side.registrar()
