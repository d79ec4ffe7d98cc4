"""Each fault that is planted is found by its check, and by no other than those named; or the database refuses it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection

from commerce.proof.checks.all_checks import CHECKS
from tests.make.company import PROOF_AT
from tests.make.people import make_client
from tests.make.proof import check_named, proof_violations
from tests.proof.columns import COLUMNS, UNCHECKED_COLUMNS
from tests.proof.faults import FAULTS, REFUSED, UNCHECKED
from tests.proof.forged import FORGED
from tests.proof.neighbours import ALLOWED
from tests.proof.planting import plant
from tests.proof.said import SAID

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_world")]


@contextmanager
def unchecked(table: str) -> Iterator[None]:
    """The checks of a table are off, as in a database that was mended by hand; the savepoint brings them back."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            try:
                yield
            finally:
                cursor.execute("PRAGMA ignore_check_constraints = OFF")
            return
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or rows that wait for them keep the table
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'c' AND conrelid = %s::regclass",
            [table],
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    yield


def found() -> set[str]:
    return set(proof_violations(PROOF_AT))


def found_of(names: str) -> set[str]:
    """What is found where the checks of these names shall find something. That no others do is seen on SQLite alone."""
    named = names.split()
    if connection.vendor == "sqlite" or not named:
        return found()
    return set(proof_violations(PROOF_AT, [check_named(name) for name in named]))


PLANTED = FAULTS | FORGED | COLUMNS
BEYOND_CONSTRAINTS = UNCHECKED | UNCHECKED_COLUMNS


@pytest.mark.parametrize(("sql", "checks"), PLANTED.values(), ids=PLANTED)
def test_a_planted_fault_is_found(sql: str, checks: str) -> None:
    plant(sql)
    assert found_of(checks) == set(checks.split())


@pytest.mark.parametrize(
    ("table", "sql", "checks"), BEYOND_CONSTRAINTS.values(), ids=BEYOND_CONSTRAINTS
)
def test_a_fault_that_the_database_would_refuse_is_found(table: str, sql: str, checks: str) -> None:
    with unchecked(table):
        plant(sql)
    assert found_of(checks) == set(checks.split())


def test_every_check_has_a_fault_that_it_finds() -> None:
    told = [checks for _, checks in (PLANTED | SAID).values()] + [
        checks for *_, checks in BEYOND_CONSTRAINTS.values()
    ]
    finding = {name for names in told for name in names.split()}
    finding |= {"M13"}  # test_a_guard_that_is_gone_is_found
    finding |= {"M18", "M18-difference", "M18-units", "M18-days"}  # test_plan_changes
    finding |= {"M11-statements", "M11-statement-clients"}  # test_statements
    assert {check.name for check in CHECKS if not check.is_notice} == finding


def test_without_a_fault_nothing_is_found() -> None:
    assert found() == set()


def test_money_in_the_credit_of_another_client_is_found() -> None:
    other = make_client()
    plant(f"UPDATE billing_creditaccount SET client_id = {other.pk} WHERE balance > 0")
    assert found() == {"M12", "M10-reasons"}


def test_a_guard_that_is_gone_is_found() -> None:
    table = "" if connection.vendor == "sqlite" else " ON billing_invoice"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER guard_billing_invoice_delete{table}")
    assert found() == {"M13"}


@pytest.mark.parametrize("sql", REFUSED.values(), ids=REFUSED)
def test_the_database_itself_refuses(sql: str) -> None:
    with pytest.raises(IntegrityError):
        plant(sql)


@pytest.mark.parametrize("change", ALLOWED.values(), ids=ALLOWED)
def test_what_may_be_gives_no_alarm(change: Callable[[], object]) -> None:
    change()
    assert found() == set()
