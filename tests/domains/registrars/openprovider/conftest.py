"""Openprovider on this machine, and the adapter that calls it."""

from collections.abc import Iterator

import pytest

from commerce.domains.registrars.openprovider.adapter import OpenproviderRegistrar
from tests.domains.registrars.openprovider_side import OpenproviderSide
from tests.doubles.openprovider.server import OpenproviderDouble


@pytest.fixture
def double() -> Iterator[OpenproviderDouble]:
    made = OpenproviderDouble()
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def registrar(double: OpenproviderDouble) -> OpenproviderRegistrar:
    return OpenproviderSide(double).registrar()
