"""What the API prepared on a connection may be gone: dropped by the driver, by somebody, or by a pooler."""

from contextlib import suppress

import pytest
from django.db import connection, transaction

from commerce.accounts.models import Client
from commerce.api.v2.reading import resource
from commerce.db.fast_paths import prepared_statements
from tests.make import make_token
from tests.make.api import call_api

pytestmark = pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite prepares nothing")


@pytest.mark.django_db(transaction=True)
def test_statements_that_were_dropped_are_prepared_anew() -> None:
    _, token = make_token()
    assert call_api("/me", token).status == 200
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    assert call_api("/me", token).status == 200


@pytest.mark.django_db(transaction=True)
def test_they_are_read_in_a_write_after_a_savepoint_was_rolled_back() -> None:
    """The driver then drops all statements of the connection, where none can be made anew."""
    _, token = make_token()
    with prepared_statements():
        for _ in range(10):
            assert call_api("/me", token).status == 200
            with transaction.atomic():
                with suppress(ZeroDivisionError), transaction.atomic():
                    raise ZeroDivisionError
                assert Client.objects.exists()
                assert call_api("/me", token).status == 200


@pytest.mark.django_db
def test_a_daily_run_in_a_transaction_dropped_them_at_the_next_rollback() -> None:
    """The driver then drops all statements of the connection, once it has prepared one of its own."""
    _, token = make_token()
    assert call_api("/me", token).status == 200
    with prepared_statements():
        assert all(Client.objects.exists() for _ in range(10))
    with transaction.atomic():
        transaction.set_rollback(True)
    assert call_api("/me", token).status == 200


@pytest.mark.django_db(transaction=True)
def test_a_statement_that_is_made_anew_takes_no_second_place() -> None:
    _, token = make_token()
    counts = []
    for _ in range(3):
        resource._page_statement.cache_clear()
        for query in ("", "?status=active", "?status=active,suspended", "?include=client"):
            assert call_api(f"/api/v2/services{query}", token).status == 200
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            counts.append(cursor.fetchone()[0])
    # The first time the token is looked up, then its client is known.
    assert counts[1:] == [3, 3]
