"""A module with its other end, for each that there is."""

from collections.abc import Iterator

import pytest

from commerce.hosting.modules.contract import HostingModule
from tests.hosting.modules.all_sides import SIDES
from tests.hosting.modules.sides import PanelSide


@pytest.fixture(params=sorted(SIDES))
def side(request: pytest.FixtureRequest) -> Iterator[PanelSide]:
    with SIDES[request.param]() as made:
        yield made


@pytest.fixture
def module(side: PanelSide) -> HostingModule:
    return side.module()
