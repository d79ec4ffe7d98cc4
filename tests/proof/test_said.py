"""Each column that staff or jobs set is compared with what the audit log says of it."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from commerce.audit.models import AuditEntry
from commerce.db.triggers import allow_retention
from tests.make.company import PROOF_AT
from tests.make.proof import proof_violations
from tests.proof.faults import UNSEEN
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


NEW_KEYS = {
    *("registrar", "remote_id", "registration_date", "expiry_date", "term_years", "currency"),
    *("recurring_amount", "auto_renew", "whois_privacy", "is_locked", "ns1", "ns2", "ns3", "ns4"),
    *("server", "server_id", "username", "suspension_reason", "product_id", "options"),
    *("received_on", "fee", "consented_at", "seals"),
}
FORMER = (
    "created",
    "active",
    "pending_transfer",
    "suspended",
    "transferred_away",
    "completed",
    "unpaid",
    "paid",
)


def test_what_entries_of_a_former_release_do_not_say_is_not_compared() -> None:
    """They said less of what a record was made with, and nothing of what a move set."""
    with allow_retention():
        for entry in AuditEntry.objects.filter(
            record_kind__in=["domain", "service", "payment", "saved_card", "invoice"]
        ):
            if entry.action.partition(".")[2] in FORMER:
                kept = {key: value for key, value in entry.after.items() if key not in NEW_KEYS}
                AuditEntry.objects.filter(pk=entry.pk).update(after=kept)
    plant(
        "UPDATE domains_domain SET is_locked = (1 = 0), ns1 = 'ns9.example.net' WHERE domain_name = 'dora1.example'"
    )
    plant("UPDATE domains_domain SET auto_renew = (1 = 0) WHERE status = 'transferred_away'")
    plant("UPDATE hosting_service SET username = 'other', remote_id = 'x' WHERE username = 'dora1'")
    plant(f"UPDATE billing_invoice SET terms = 'Other' WHERE id NOT IN {UNSEEN}")
    assert found() == set()


def test_without_a_fault_nothing_is_found() -> None:
    assert found() == set()
