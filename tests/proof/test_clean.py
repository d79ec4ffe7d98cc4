"""Real business gives no alarm."""

import pytest

from tests.make.company import PROOF_AT, make_company
from tests.make.proof import assert_proven

pytestmark = pytest.mark.django_db


def test_a_company_with_a_bit_of_everything_is_proven() -> None:
    make_company()
    assert_proven(PROOF_AT)
