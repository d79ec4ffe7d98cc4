"""What is old goes in bites."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from django.db import transaction

from commerce.db.retention import delete_in_bites
from commerce.payments.models import RefusedMessage

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_who_is_killed_between_two_bites_has_deleted_the_first_and_goes_on_with_the_rest() -> None:
    for number in range(5):
        RefusedMessage.objects.create(gateway=f"{number}", body=b"", received_at=AT)
    old, bites = RefusedMessage.objects.exclude(gateway="0"), []

    @contextmanager
    def killed_in_the_second() -> Iterator[None]:
        bites.append(1)
        with transaction.atomic():
            yield
            if len(bites) == 2:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        delete_in_bites(old, at_once=2, transaction_of_bite=killed_in_the_second)
    assert [row.gateway for row in RefusedMessage.objects.order_by("pk")] == ["0", "3", "4"]
    assert delete_in_bites(old, at_once=2) == 2
    assert RefusedMessage.objects.get().gateway == "0"
