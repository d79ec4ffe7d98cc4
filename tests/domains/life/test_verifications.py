"""Holders who are to confirm their address: read, told of once, and mailed again (ICANN gives them 15 days)."""

from datetime import datetime, timedelta

import pytest

from commerce.audit.models import AuditEntry
from commerce.domains.actions.sync_requests import request_sync
from commerce.domains.actions.verifications import resend_verification
from commerce.domains.models import Domain, DomainDrift, RegistrantVerification
from commerce.domains.registrars.contract import RegistrarState, VerificationInfo
from commerce.domains.rules import VerificationState
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.remote.page_limits import page_limits
from commerce.mail.models import OutgoingMail
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.jobs import run_all_jobs
from tests.make.registered_names import info_of, make_domain_at

pytestmark = pytest.mark.django_db
DAY = make.AT.date() + timedelta(days=12)


def waiting(remote: RemoteRegistry, state: VerificationState = VerificationState.PENDING) -> Domain:
    domain = make_domain_at(remote)
    says(remote, domain, state)
    return domain


def says(remote: RemoteRegistry, domain: Domain, state: VerificationState) -> None:
    email = "holder@example.com"
    remote.holders[domain.domain_name] = VerificationInfo(state=state, last_day=DAY, email=email)


def ask(domain: Domain, at: datetime) -> None:
    request_sync(domain=domain, ctx=Context(at, SYSTEM))
    run_all_jobs(at)
    domain.refresh_from_db()


def told() -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event="domain_verification").order_by("pk"))


def later(**delta: float) -> Context:
    return Context(make.AT + timedelta(**delta), SYSTEM)


def test_a_holder_who_is_to_confirm_is_told_of_once_with_the_last_day(
    remote: RemoteRegistry,
) -> None:
    domain = waiting(remote)
    for day in range(3):
        ask(domain, make.AT + timedelta(days=day))
    (mail,) = told()
    assert mail.values["last_day"] == {"date": str(DAY)}
    assert mail.values["email"] == "holder@example.com"
    row = RegistrantVerification.objects.get(domain=domain)
    assert (row.state, row.last_day, row.since) == ("pending", DAY, make.AT)
    assert domain.next_sync_at is not None
    assert domain.next_sync_at < make.AT + timedelta(days=4)  # asked daily until it is over
    remote.holders.clear()
    ask(domain, make.AT + timedelta(days=4))
    assert not RegistrantVerification.objects.exists()
    says(remote, domain, VerificationState.PENDING)
    remote.holders[domain.domain_name] = VerificationInfo(
        state=VerificationState.PENDING, last_day=DAY + timedelta(days=40)
    )
    ask(domain, make.AT + timedelta(days=40))
    assert len(told()) == 2  # of another holder


def test_a_name_that_was_stopped_for_it_is_on_the_report_of_differences(
    remote: RemoteRegistry,
) -> None:
    domain = waiting(remote, VerificationState.SUSPENDED)
    remote.names[domain.domain_name] = info_of(domain, state=RegistrarState.UNKNOWN)
    ask(domain, make.AT)
    drifts = DomainDrift.objects.filter(domain=domain, resolved_at=None)
    assert set(drifts.values_list("field", "theirs")) >= {("verification", "suspended")}
    assert told()[0].values["is_suspended"]
    remote.holders.clear()
    remote.names[domain.domain_name] = info_of(domain)
    ask(domain, make.AT + timedelta(days=1))
    assert not drifts.all().exists()


def test_a_registrar_that_says_nothing_of_it_now_changes_nothing(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    domain = waiting(remote)
    ask(domain, make.AT)
    remote.holders.clear()
    remote.is_down = True
    request_sync(domain=domain, ctx=later(days=1))
    run_all_jobs(make.AT + timedelta(days=1), failing=True)
    assert RegistrantVerification.objects.filter(domain=domain).exists()


def test_the_mail_is_sent_again_once_in_ten_minutes_and_noted(remote: RemoteRegistry) -> None:
    domain = waiting(remote)
    with pytest.raises(StateConflict, match="isn't waiting"):
        resend_verification(domain=domain, ctx=later())
    ask(domain, make.AT)
    resend_verification(domain=domain, ctx=later())
    with pytest.raises(BusinessError, match="ten minutes"):
        resend_verification(domain=domain, ctx=later(minutes=9))
    remote.is_down = True
    with pytest.raises(BusinessError, match="couldn't be sent"):
        resend_verification(domain=domain, ctx=later(minutes=11))
    remote.is_down = False
    resend_verification(domain=domain, ctx=later(minutes=12))
    assert remote.mailed == [domain.domain_name] * 2
    assert AuditEntry.objects.filter(action="domain.verification_sent").count() == 2


def test_who_gets_no_turn_to_ask_the_registrar_may_try_again_at_once(
    remote: RemoteRegistry,
) -> None:
    domain = waiting(remote)
    ask(domain, make.AT)
    with page_limits(), pytest.raises(BusinessError, match="couldn't be sent"):
        resend_verification(domain=domain, ctx=later())
    resend_verification(domain=domain, ctx=later())
    assert remote.mailed == [domain.domain_name]
