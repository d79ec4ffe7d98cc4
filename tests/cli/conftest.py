"""Commands in the process of the tests."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from commerce.cli.root import commerce

type Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """A command of this installation, in this process."""
    return lambda *words, **options: CliRunner().invoke(commerce, list(map(str, words)), **options)
