"""A domain from order to end: names, dates, nameservers and what may change when (domains.md 1, 4 and 5)."""

from datetime import date, timedelta

import pytest

from commerce.domains.actions.editing import (
    set_auto_renew,
    set_nameservers,
    set_transfer_lock,
    set_whois_privacy,
)
from commerce.domains.actions.states import (
    cancel_domain,
    confirm_domain_registration,
    release_domain_from_fraud,
    renew_domain,
    stop_domain_as_fraud,
)
from commerce.domains.models import Domain
from commerce.domains.rules import end_of_term, normalize_name, tld_of
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError, StateConflict
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
YEAR = {"registration_date": date(2026, 4, 8), "expiry_date": date(2027, 4, 8)}


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Acme.Example", "acme.example"),
        (" acme.example. ", "acme.example"),
        ("a-b.co.example", "a-b.co.example"),
        ("xn--mller-kva.example", "xn--mller-kva.example"),
        ("1.example", "1.example"),
    ],
)
def test_names_are_kept_in_one_form(typed: str, name: str) -> None:
    assert normalize_name(typed) == name


@pytest.mark.parametrize(
    "typed",
    [
        *("", "acme", ".example", "acme..example", "-acme.example", "acme-.example"),
        *("ac me.example", "müller.example", f"{'a' * 64}.example", "a_b.example"),
        *(f"{'a.' * 124}example", "acme.example\n.x", "acme.example/../x"),
        *("127.0.0.1", "1.2", "acme.123"),
    ],
)
def test_anything_else_is_no_name(typed: str) -> None:
    with pytest.raises(BusinessError, match="isn't a valid domain name"):
        normalize_name(typed)


def test_a_tld_is_without_dot() -> None:
    assert (tld_of("acme.example"), tld_of("acme.co.example")) == ("example", "co.example")


def test_terms_end_on_the_same_day() -> None:
    assert end_of_term(date(2024, 2, 29), 1) == date(2025, 2, 28)
    assert end_of_term(date(2024, 2, 29), 4) == date(2028, 2, 29)


def test_a_new_domain_waits_without_dates() -> None:
    domain = make.make_domain(status="pending", domain_name="ACME.example")
    assert (domain.domain_name, domain.tld, domain.status) == ("acme.example", "example", "pending")
    assert (domain.registration_date, domain.expiry_date, domain.next_due_date) == (None,) * 3
    assert not Domain.objects.shown_by_api().exists()  # type: ignore[attr-defined]


def test_a_registered_domain_has_the_registrars_dates() -> None:
    domain = make.make_domain(status="pending")
    confirm_domain_registration(domain=domain, remote_id="r1", **YEAR, ctx=CTX)
    assert (domain.status, domain.is_locked, domain.remote_id) == ("active", True, "r1")
    assert domain.next_due_date == domain.expiry_date == date(2027, 4, 8)


def test_only_a_transfer_leaves_its_nameservers_open_until_it_is_done() -> None:
    waiting = make.make_domain(status="pending", nameservers=[])
    with pytest.raises(BusinessError, match="at least two nameservers"):
        confirm_domain_registration(domain=waiting, **YEAR, ctx=CTX)
    moving = make.make_domain(status="pending_transfer", nameservers=[])
    assert (moving.ns1, moving.ns2) == ("", "")
    hosts = ["ns1.found.example", "ns2.found.example"]
    confirm_domain_registration(domain=moving, nameservers=hosts, **YEAR, ctx=CTX)
    assert (moving.status, moving.ns1, moving.ns3) == ("active", hosts[0], "")


def test_a_transfer_that_fails_can_be_cancelled() -> None:
    domain = make.make_domain(status="pending_transfer", nameservers=[])
    cancel_domain(domain=domain, ctx=CTX)
    assert list(Domain.objects.shown_by_api()) == [domain]  # type: ignore[attr-defined]


def test_cancelled_before_it_was_sent_it_is_not_shown() -> None:
    cancel_domain(domain=make.make_domain(status="pending"), ctx=CTX)
    assert not Domain.objects.shown_by_api().exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", ["active", "expired", "redemption"])
def test_a_renewal_moves_the_expiry_and_revives(status: str) -> None:
    domain = make.make_domain(status=status)
    later = date(2028, 4, 8)
    renew_domain(domain=domain, expiry_date=later, ctx=CTX)
    assert (domain.status, domain.expiry_date, domain.next_due_date) == ("active", later, later)


def test_a_renewal_never_moves_back() -> None:
    domain = make.make_domain()
    assert domain.expiry_date is not None
    for day in (domain.expiry_date, domain.expiry_date - timedelta(days=1)):
        with pytest.raises(BusinessError, match="later than the current one"):
            renew_domain(domain=domain, expiry_date=day, ctx=CTX)


@pytest.mark.parametrize("status", ["transferred_away", "cancelled"])
def test_what_has_ended_is_not_renewed(status: str) -> None:
    with pytest.raises(StateConflict):
        renew_domain(domain=make.make_domain(status=status), expiry_date=date(2030, 1, 1), ctx=CTX)


@pytest.mark.parametrize(
    "status", ["pending", "pending_transfer", "active", "expired", "redemption"]
)
def test_one_live_row_for_each_name(status: str) -> None:
    """U9, R26 one after the other: another client may not have it either."""
    make.make_domain(status=status, domain_name="acme.example")
    with pytest.raises(BusinessError, match="already managed here"):
        make.make_domain(domain_name="Acme.Example.")


@pytest.mark.parametrize("status", ["transferred_away", "cancelled", "fraud"])
def test_an_ended_name_is_free(status: str) -> None:
    make.make_domain(status=status, domain_name="acme.example")
    make.make_domain(domain_name="acme.example")


def test_a_name_that_was_taken_meanwhile_is_not_released() -> None:
    domain = make.make_domain(status="pending", domain_name="acme.example")
    stop_domain_as_fraud(domain=domain, ctx=CTX)
    other = make.make_domain(domain_name="acme.example")
    with pytest.raises(BusinessError, match="already managed here"):
        release_domain_from_fraud(domain=domain, ctx=CTX)
    cancel_domain(domain=other, ctx=CTX)
    release_domain_from_fraud(domain=domain, ctx=CTX)
    assert domain.status == "pending"


@pytest.mark.parametrize(
    "hosts",
    [
        [],
        ["ns1.example.net"],
        ["ns1.example.net", "NS1.example.net."],
        [f"ns{n}.example.net" for n in range(5)],
        ["ns1.example.net", "not a host"],
    ],
)
def test_nameservers_are_2_to_4_different_hosts(hosts: list[str]) -> None:
    domain = make.make_domain()
    with pytest.raises(BusinessError):
        set_nameservers(domain=domain, nameservers=hosts, ctx=CTX)


def test_nameservers_are_set_as_a_whole() -> None:
    domain = make.make_domain(nameservers=[f"ns{n}.old.example" for n in range(1, 5)])
    set_nameservers(domain=domain, nameservers=["NS1.new.example", "ns2.new.example"], ctx=CTX)
    hosts = (domain.ns1, domain.ns2, domain.ns3, domain.ns4)
    assert hosts == ("ns1.new.example", "ns2.new.example", "", "")


def test_switches() -> None:
    domain = make.make_domain()
    set_transfer_lock(domain=domain, locked=False, ctx=CTX)
    set_whois_privacy(domain=domain, enabled=True, ctx=CTX)
    set_auto_renew(domain=domain, enabled=False, ctx=CTX)
    assert (domain.is_locked, domain.whois_privacy, domain.auto_renew) == (False, True, False)
    cancel_domain(domain=domain, ctx=CTX)
    with pytest.raises(StateConflict):
        set_transfer_lock(domain=domain, locked=True, ctx=CTX)
    for switch in (set_whois_privacy, set_auto_renew):
        with pytest.raises(StateConflict):
            switch(domain=domain, enabled=True, ctx=CTX)


@pytest.mark.parametrize("years", [0, 11])
def test_terms_are_1_to_10_years(years: int) -> None:
    with pytest.raises(BusinessError):
        make.make_domain(term_years=years)


def test_bad_names_are_refused() -> None:
    with pytest.raises(BusinessError, match="isn't a valid domain name"):
        make.make_domain(domain_name="acme")
