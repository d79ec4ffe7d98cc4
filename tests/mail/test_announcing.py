"""Telling people: once for each occurrence and address, with its cause or not at all (U11, O1)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from commerce.jobs.models import Job
from commerce.kit.money import Money
from commerce.mail.actions.announcing import Recipient, announce, muted_mails
from commerce.mail.models import OutgoingMail

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
ANN, BOB = Recipient("ann@example.org", "Ann"), Recipient("bob@example.org", "Bob", "de")


def tell(*to: Recipient, key: str = "7", **over: object) -> list[OutgoingMail]:
    values = {"amount": Money(500, "EUR"), "balance": Money(700, "EUR"), "reason": "so"}
    whole: dict[str, Any] = {"event": "credit_added", "values": values, "at": AT, **over}
    return announce(idempotency_key=key, to=to, **whole)


def test_a_mail_is_kept_with_what_was_true_and_its_sending_is_queued() -> None:
    ann, bob = tell(ANN, BOB, client_id=3, about=("credit_entry", 7), attach=[("invoice", 9)])
    row = OutgoingMail.objects.get(pk=ann.pk)
    assert (row.status, row.recipient, row.client_id) == ("queued", "ann@example.org", 3)
    assert (row.about_kind, row.about_id, row.attachments) == ("credit_entry", 7, [["invoice", 9]])
    assert row.values == {
        "date": {"date": "2026-01-31"},
        "recipient_name": "Ann",
        "amount": {"money": [500, "EUR"]},
        "balance": {"money": [700, "EUR"]},
        "reason": "so",
    }
    jobs = Job.objects.order_by("pk").values_list("subject_kind", "subject_id", "action")
    assert list(jobs) == [("mail", ann.pk, "mail.send"), ("mail", bob.pk, "mail.send")]


def test_the_same_occurrence_is_one_mail_for_each_address() -> None:
    tell(ANN, Recipient("ANN@example.org", "Ann again"), ANN)
    tell(Recipient("Ann@Example.org"), BOB)
    tell(BOB, ANN)
    assert sorted(OutgoingMail.objects.values_list("recipient", flat=True)) == [
        "ann@example.org",
        "bob@example.org",
    ]
    assert len(tell(ANN, key="8")) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        OutgoingMail.objects.create(
            event="credit_added", idempotency_key="7", recipient="ANN@EXAMPLE.ORG", created_at=AT
        )


def test_nobody_to_tell_is_a_row_that_says_so() -> None:
    tell()
    tell(Recipient(" "))
    row = OutgoingMail.objects.get()
    assert (row.status, row.recipient, row.outcome) == ("skipped", "", "Nobody is to get it.")
    assert not Job.objects.exists()


def test_neither_mail_nor_job_outlives_a_cause_that_is_rolled_back() -> None:
    with transaction.atomic():
        tell(ANN)
        transaction.set_rollback(True)
    assert not OutgoingMail.objects.exists()
    assert not Job.objects.exists()


def test_imported_history_tells_nobody() -> None:
    with muted_mails():
        assert tell(ANN) == []
    assert not OutgoingMail.objects.exists()
    assert len(tell(ANN)) == 1


def test_an_unknown_event_or_name_is_a_defect_at_once() -> None:
    with pytest.raises(KeyError):
        tell(ANN, event="no_such")
    with pytest.raises(KeyError, match="no color"):
        tell(ANN, values={"color": "red"})
