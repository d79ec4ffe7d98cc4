"""What the API prepared on a connection may be gone: dropped by the driver, by somebody, or by a pooler."""

import pytest
from django.db import connection, transaction

from commerce.accounts.models import Client
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
