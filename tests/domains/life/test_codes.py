"""The code with which a name leaves us: shown to whom may see it, kept nowhere (domains.md 5)."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.mail import EmailMessage

from commerce.accounts.models import User
from commerce.audit.models import AuditEntry
from commerce.domains.actions.changes import request_transfer_lock
from commerce.domains.actions.codes import fetch_auth_code
from commerce.domains.models import Domain
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.mail.models import OutgoingMail
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.jobs import run_all_jobs
from tests.make.registered_names import info_of, make_domain_at

pytestmark = pytest.mark.django_db
CODE = "Kq7-mW2-s3cret"
ALICE = Context(make.AT, Actor("member", 900_001, "alice@example.com", "203.0.113.9"))


@pytest.fixture(autouse=True)
def alice() -> None:
    User.objects.create(pk=900_001, email="alice@example.com", created_at=make.AT)


def unlocked(remote: RemoteRegistry) -> Domain:
    domain = make_domain_at(remote)
    remote.codes[domain.domain_name] = CODE
    Domain.objects.filter(pk=domain.pk).update(is_locked=False)
    domain.refresh_from_db()
    remote.names[domain.domain_name] = info_of(domain)
    return domain


def test_the_code_is_given_noted_told_to_all_owners_and_kept_nowhere(
    remote: RemoteRegistry, caplog: pytest.LogCaptureFixture, mailoutbox: list[EmailMessage]
) -> None:
    domain = unlocked(remote)
    assert fetch_auth_code(domain=domain, ctx=ALICE) == CODE
    run_all_jobs(make.AT)
    entry = AuditEntry.objects.get(action="domain.auth_code_revealed")
    assert (entry.actor_name, entry.address, entry.staff_only) == (
        "alice@example.com", "203.0.113.9", False,
    )  # fmt: skip
    assert OutgoingMail.objects.filter(event="domain_code_revealed").count() == 1
    [sent] = [mail for mail in mailoutbox if "code" in mail.subject]
    assert "alice@example.com" in sent.body
    assert "203.0.113.9" in sent.body
    rows: list[dict[str, Any]] = [
        row for model in apps.get_models() for row in model._default_manager.values()
    ]
    assert CODE not in f"{rows} {caplog.text}"


def test_of_a_code_that_staff_were_shown_the_client_reads_no_person_and_no_address(
    remote: RemoteRegistry, mailoutbox: list[EmailMessage]
) -> None:
    grace = Actor("staff", 1, "grace@example.com", "203.0.113.9")
    fetch_auth_code(domain=unlocked(remote), ctx=Context(make.AT, grace))
    run_all_jobs(make.AT)
    [sent] = [mail for mail in mailoutbox if "code" in mail.subject]
    assert "by My Hosting Company. With it" in sent.body
    assert "grace" not in sent.body
    assert "203.0.113.9" not in sent.body
    entry = AuditEntry.objects.get(action="domain.auth_code_revealed")
    assert (entry.actor_name, entry.address) == ("grace@example.com", "203.0.113.9")


def test_a_locked_name_has_none(remote: RemoteRegistry) -> None:
    domain = make_domain_at(remote)
    with pytest.raises(StateConflict, match="transfer lock"):
        fetch_auth_code(domain=domain, ctx=ALICE)
    domain = unlocked(remote)
    request_transfer_lock(domain=domain, locked=True, ctx=ALICE)
    with pytest.raises(StateConflict, match="transfer lock"):
        fetch_auth_code(domain=domain, ctx=ALICE)
    for gone in ("expired", "transferred_away"):
        with pytest.raises(StateConflict):
            fetch_auth_code(domain=make_domain_at(remote, status=gone), ctx=ALICE)


def test_five_a_day(remote: RemoteRegistry) -> None:
    domain = unlocked(remote)
    for minutes in range(5):
        at = make.AT + timedelta(minutes=minutes)
        fetch_auth_code(domain=domain, ctx=Context(at, ALICE.actor))
    with pytest.raises(BusinessError, match="5 times"):
        fetch_auth_code(domain=domain, ctx=Context(make.AT + timedelta(hours=23), ALICE.actor))
    assert fetch_auth_code(domain=domain, ctx=Context(make.AT, SYSTEM)) == CODE
    later = make.AT + timedelta(days=1, minutes=1)
    assert fetch_auth_code(domain=domain, ctx=Context(later, ALICE.actor)) == CODE


@pytest.mark.parametrize("problem", ["is_down", "refuses"])
def test_what_was_not_shown_is_not_told_of(remote: RemoteRegistry, problem: str) -> None:
    domain = unlocked(remote)
    setattr(remote, problem, True)
    with pytest.raises(BusinessError):
        fetch_auth_code(domain=domain, ctx=ALICE)
    run_all_jobs(make.AT)
    assert not AuditEntry.objects.filter(action="domain.auth_code_revealed").exists()
    assert not OutgoingMail.objects.filter(event="domain_code_revealed").exists()


def test_where_there_is_no_connection_the_client_asks_us() -> None:
    domain = make.make_domain()
    with pytest.raises(BusinessError, match="Contact us"):
        fetch_auth_code(domain=domain, ctx=ALICE)
