"""Each column that staff or jobs set is compared with what the audit log says of it."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from tests.make.company import PROOF_AT
from tests.make.proof import proof_violations
from tests.proof.planting import plant
from tests.proof.said import SAID
from tests.proof.said_world import make_said_world

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_said_world")]


@pytest.fixture(scope="module")
def _said_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        make_said_world()
        yield
        transaction.set_rollback(True)


def found() -> set[str]:
    return set(proof_violations(PROOF_AT))


@pytest.mark.parametrize(("sql", "checks"), SAID.values(), ids=SAID)
def test_a_planted_fault_is_found(sql: str, checks: str) -> None:
    plant(sql)
    assert found() == set(checks.split())


def test_without_a_fault_nothing_is_found() -> None:
    assert found() == set()
