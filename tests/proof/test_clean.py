"""Real business gives no alarm."""

import pytest

from tests.make.proof import assert_proven
from tests.make.world import LATER, make_world

pytestmark = pytest.mark.django_db


def test_a_company_with_a_bit_of_everything_is_proven() -> None:
    make_world()
    assert_proven(LATER)
