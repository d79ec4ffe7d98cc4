"""Why an action on a domain is not possible now: what is asked before says what it raises (domains.md 5 and 9)."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta

import pytest
from django.db import transaction

from commerce.billing.changes.domain_edits import edit_domain_terms
from commerce.billing.periods.actions import domain_requests
from commerce.billing.periods.domain_offers import (
    renewal_blocked_reason,
    restore_blocked_reason,
    term_blocked_reason,
)
from commerce.dns.actions import zones
from commerce.domains.actions import changes, codes, editing, losses, transfers, verifications
from commerce.domains.actions.sync_requests import request_sync, sync_blocked_reason
from commerce.domains.actions.tlds import set_tld, set_tld_price
from commerce.domains.models import Domain, RegistrantVerification
from commerce.domains.registration import request_registration
from commerce.domains.rules import DomainStatus, TransferHold
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from commerce.orders.actions.undelivered import credit_blocked_reason, credit_undelivered_domain
from tests import make
from tests.doubles.registrar import RemoteRegistry, remote_registrar
from tests.make.nameservers import give_nameservers
from tests.make.registered_names import make_domain_at
from tests.make.registrants import REGISTRANT

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
PARENT = changes.ParentDs(CTX.at)
HOSTS = ("ns1.other.example", "ns2.other.example")
CHANGES: Mapping[str, Callable[[Domain], object]] = {
    "nameservers": lambda domain: changes.request_nameservers(
        domain=domain, nameservers=HOSTS, parent=PARENT, ctx=CTX
    ),
    "lock": lambda domain: changes.request_transfer_lock(domain=domain, locked=True, ctx=CTX),
    "privacy": lambda domain: changes.request_whois_privacy(domain=domain, enabled=False, ctx=CTX),
    "contacts": lambda domain: changes.request_contacts(
        domain=domain, contacts={"registrant": REGISTRANT}, ctx=CTX
    ),
}

ACTIONS: Mapping[str, tuple[editing.BlockedReason, Callable[[Domain], object]]] = {
    "nameservers": (changes.nameservers_blocked_reason, CHANGES["nameservers"]),
    "lock": (changes.transfer_lock_blocked_reason, CHANGES["lock"]),
    "privacy": (changes.whois_privacy_blocked_reason, CHANGES["privacy"]),
    "contacts": (changes.contacts_blocked_reason, CHANGES["contacts"]),
    "code": (
        codes.auth_code_blocked_reason,
        lambda domain: codes.fetch_auth_code(domain=domain, ctx=CTX),
    ),
    "code shown": (
        codes.auth_code_blocked_reason,
        lambda domain: codes.show_auth_code(domain=domain, ctx=CTX),
    ),
    "verification": (
        verifications.resend_blocked_reason,
        lambda domain: verifications.resend_verification(domain=domain, ctx=CTX),
    ),
    "back": (
        losses.back_blocked_reason,
        lambda domain: losses.request_domain_back(domain=domain, reason="It is ours", ctx=CTX),
    ),
    "sync": (sync_blocked_reason, lambda domain: request_sync(domain=domain, ctx=CTX)),
    "auto-renew": (
        editing.live_only_blocked_reason,
        lambda domain: domain_requests.switch_auto_renew(domain=domain, enabled=False, ctx=CTX),
    ),
    "dates": (
        editing.registered_only_blocked_reason,
        lambda domain: edit_domain_terms(
            domain=domain,
            expiry_date=(domain.expiry_date or make.AT.date()) + timedelta(days=1),
            reason="As there",
            ctx=CTX,
        ),
    ),
    "renew": (
        renewal_blocked_reason,
        lambda domain: domain_requests.renew_domain_now(domain=domain, ctx=CTX),
    ),
    "restore": (
        restore_blocked_reason,
        lambda domain: domain_requests.restore_domain(domain=domain, ctx=CTX),
    ),
    "term": (
        term_blocked_reason,
        lambda domain: domain_requests.change_term(domain=domain, years=2, ctx=CTX),
    ),
    "new code": (
        transfers.new_code_blocked_reason,
        lambda domain: transfers.give_new_code(domain=domain, code="another", ctx=CTX),
    ),
    "cancel transfer": (
        transfers.cancel_transfer_blocked_reason,
        lambda domain: transfers.cancel_transfer(domain=domain, ctx=CTX),
    ),
    "credit": (
        credit_blocked_reason,
        lambda domain: credit_undelivered_domain(domain=domain, ctx=CTX),
    ),
    "zone": (
        zones.domain_zone_blocked_reason,
        lambda domain: zones.open_domain_zone(domain=domain, ctx=CTX),
    ),
    "our DNS": (
        zones.our_dns_blocked_reason,
        lambda domain: zones.use_our_dns(domain=domain, parent=PARENT, ctx=CTX),
    ),
}


@pytest.fixture
def remote() -> Iterator[RemoteRegistry]:
    with remote_registrar() as registry:
        give_nameservers()
        tld = set_tld(tld="example", ctx=CTX)
        prices = {"register": 1000, "renew": 1200, "transfer": 900, "restore": 8000}
        set_tld_price(tld=tld, currency_code="EUR", ctx=CTX, **prices)
        yield registry


def with_columns(domain: Domain, **columns: object) -> Domain:
    Domain.objects.filter(pk=domain.pk).update(**columns)
    domain.refresh_from_db()
    return domain


def all_changing(remote: RemoteRegistry) -> Domain:
    domain = make_domain_at(remote, whois_privacy=True)
    for request in CHANGES.values():
        request(domain)
    return domain


def open_to_all(remote: RemoteRegistry) -> Domain:
    """Unlocked, hidden, and its holder is to confirm their address."""
    domain = with_columns(make_domain_at(remote, whois_privacy=True), is_locked=False)
    RegistrantVerification.objects.create(domain=domain, since=make.AT, state="pending")
    return domain


def being_renewed(remote: RemoteRegistry) -> Domain:
    domain = make_domain_at(remote)
    domain_requests.renew_domain_now(domain=domain, ctx=CTX)
    return domain


def being_restored(remote: RemoteRegistry) -> Domain:
    domain = make_domain_at(remote, status="redemption")
    domain_requests.restore_domain(domain=domain, ctx=CTX)
    return domain


def being_registered(remote: RemoteRegistry) -> Domain:
    domain = make_domain_at(remote, status="pending")
    request_registration(domain=domain, idempotency_key="paid", ctx=CTX)
    return domain


def in_transfer(remote: RemoteRegistry, hold: TransferHold) -> Domain:
    return with_columns(make_domain_at(remote, status="pending_transfer"), transfer_hold=hold)


MORE: Mapping[str, Callable[[RemoteRegistry], Domain]] = {
    "changing": all_changing,
    "open to all": open_to_all,
    "by hand": lambda _remote: make.make_domain(),
    "gone by hand": lambda _remote: make.make_domain(status="transferred_away"),
    "being renewed": being_renewed,
    "being restored": being_restored,
    "being registered": being_registered,
    "sent": lambda remote: with_columns(make_domain_at(remote, status="pending"), sent_at=make.AT),
    "past its grace": lambda remote: with_columns(
        make_domain_at(remote, status="expired"), expiry_date=make.AT.date() - timedelta(days=31)
    ),
    "for ten years": lambda remote: make_domain_at(
        remote, expiry_date=make.AT.date() + timedelta(days=365 * 9 + 30)
    ),
    "without a code": lambda remote: in_transfer(remote, TransferHold.CODE_MISSING),
    "with a wrong code": lambda remote: in_transfer(remote, TransferHold.CODE_WRONG),
    "ending": lambda remote: in_transfer(remote, TransferHold.BEING_CANCELLED),
}


def in_each_state(remote: RemoteRegistry) -> Iterator[tuple[str, Domain]]:
    for status in DomainStatus:
        yield status, make_domain_at(remote, status=status)
    for name, made in MORE.items():
        yield name, made(remote)


def said_by(action: Callable[[Domain], object], domain: Domain) -> str | None:
    """The code by which an action refuses a state; None where it is let through, whatever is then wrong."""
    with transaction.atomic():
        try:
            action(Domain.objects.get(pk=domain.pk))
        except StateConflict as conflict:
            return conflict.code
        except BusinessError:
            return None
        finally:
            transaction.set_rollback(True)
    return None


def test_what_is_said_before_is_what_the_action_raises(remote: RemoteRegistry) -> None:
    before, raised = {}, {}
    for state, domain in in_each_state(remote):
        for name, (blocked, action) in ACTIONS.items():
            reason = blocked(domain, CTX)
            before[state, name] = reason and reason.code
            raised[state, name] = said_by(action, domain)
    assert before == raised
    dns = {"zone", "our DNS"}  # has a test with a server
    let_through = {name for (_state, name), code in before.items() if code is None}
    assert let_through == ACTIONS.keys() - dns


def test_a_name_under_review_is_not_said_to_be_false(remote: RemoteRegistry) -> None:
    """To members, of nothing that they can ask for."""
    domain = make_domain_at(remote, status="fraud")
    for blocked, _action in ACTIONS.values():
        reason = blocked(domain, CTX)
        assert reason is not None
        assert "fraud" not in f"{reason} {reason.staff_text} {reason.code}"
