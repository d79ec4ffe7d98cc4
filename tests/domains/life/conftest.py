"""A registrar at the network's edge, for tests of what happens to names there."""

from collections.abc import Iterator

import pytest

from tests.doubles.registrar import RemoteRegistry, remote_registrar


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        yield registry
