"""What the tests of accounts share: Alice."""

import pytest

from commerce.accounts.models import User
from tests.make.people import make_user


@pytest.fixture
def alice(db: None) -> User:
    """Alice, who has no client yet."""
    return make_user("alice@example.com")
