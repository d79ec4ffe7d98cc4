"""``GET /domains`` and ``GET /domains/{id}`` (client-api.md 8)."""

from datetime import date, timedelta
from typing import Any

import pytest

from commerce.accounts.models import Client
from commerce.domains.actions.editing import (
    mark_domain_sent,
    set_auto_renew,
    set_nameservers,
    set_transfer_lock,
)
from commerce.domains.actions.states import cancel_domain, renew_domain, stop_domain_as_fraud
from commerce.domains.models import Domain
from commerce.domains.rules import DomainStatus
from commerce.kit.context import SYSTEM, Context
from tests.api.v1.exact_replies import assert_list, assert_row, statuses
from tests.make import AT, make_domain
from tests.make.api import call_api

pytestmark = pytest.mark.django_db

LATER = AT + timedelta(hours=1)
CTX = Context(LATER, SYSTEM)


def shown(domain: Domain, **over: Any) -> dict[str, Any]:
    return {
        "id": domain.pk,
        "domain_name": domain.domain_name,
        "tld": "example",
        "status": "active",
        "registration_date": "2026-04-08",
        "expiry_date": "2027-04-08",
        "auto_renew": True,
        "whois_privacy": False,
        "is_locked": True,
        "ns1": "ns1.example.net",
        "ns2": "ns2.example.net",
        "ns3": None,
        "ns4": None,
        "next_due_date": "2027-04-08",
    } | over


def is_shown(domain: Domain, token: str, **over: Any) -> None:
    """List and detail show the same of a domain."""
    assert_list(call_api("/domains", token), shown(domain, **over))
    assert_row(call_api(f"/domains/{domain.pk}", token), shown(domain, **over))


def is_hidden(domain: Domain, token: str) -> None:
    answer = call_api(f"/domains/{domain.pk}", token)
    assert (answer.status, answer.json) == (404, {"message": "Not found."})
    for status in ("", "?status=cancelled", "?status=pending_transfer", "?status=active"):
        listed = call_api(f"/domains{status}", token).json
        assert domain.pk not in [row["id"] for row in listed["data"]]
        assert listed["meta"]["total"] == len(listed["data"])


def test_everything_of_a_domain(alice: Client, token: str) -> None:
    hosts = [f"ns{n}.example.org" for n in range(1, 5)]
    domain = make_domain(
        alice,
        domain_name="acme.co.example",
        nameservers=hosts,
        whois_privacy=True,
        expiry_date=date(2028, 2, 29),
        at=AT.replace(microsecond=1),
    )
    set_transfer_lock(domain=domain, locked=False, ctx=CTX)
    set_auto_renew(domain=domain, enabled=False, ctx=CTX)
    is_shown(
        domain,
        token,
        domain_name="acme.co.example",
        tld="co.example",
        expiry_date="2028-02-29",
        auto_renew=False,
        whois_privacy=True,
        is_locked=False,
        **{f"ns{n}": host for n, host in enumerate(hosts, 1)},
        next_due_date="2028-02-29",
    )


def test_what_is_not_known_of_a_pending_transfer_is_null(alice: Client, token: str) -> None:
    domain = make_domain(alice, "pending_transfer", nameservers=())
    is_shown(
        domain,
        token,
        status="pending_transfer",
        registration_date=None,
        expiry_date=None,
        ns1=None,
        ns2=None,
        next_due_date=None,
    )


@pytest.mark.parametrize(
    ("inside", "over"),
    [
        ("active", {}),
        ("expired", {"status": "expired"}),
        ("redemption", {"status": "expired"}),
        (
            "transferred_away",
            {"status": "transferred_away", "next_due_date": None, "auto_renew": False},
        ),
        ("cancelled", {"status": "cancelled", "next_due_date": None}),
        (
            "fraud",
            {
                "status": "cancelled",
                "registration_date": None,
                "expiry_date": None,
                "next_due_date": None,
            },
        ),
    ],
)
def test_each_state(alice: Client, token: str, inside: str, over: dict[str, Any]) -> None:
    is_shown(make_domain(alice, inside), token, **over)


def test_states_outside(alice: Client, token: str) -> None:
    values = {
        "active": ["active"],
        "expired": ["expired", "redemption"],
        "transferred_away": ["transferred_away"],
        "cancelled": ["cancelled", "fraud"],
        "pending_transfer": ["pending_transfer"],
    }
    inside = {one for many in values.values() for one in many}
    assert {"pending", *inside} == set(DomainStatus)
    made = {make_domain(alice, one).pk: outside for outside, many in values.items() for one in many}
    make_domain(alice, "pending")
    assert statuses("/domains", token, values) == made
    for wrong in ("pending", "redemption", "fraud"):
        assert call_api(f"/domains?status={wrong}", token).status == 422


def test_one_that_awaits_registration_is_not_there(alice: Client, token: str) -> None:
    domain = make_domain(alice, "pending")
    is_hidden(domain, token)
    mark_domain_sent(domain=domain, registrar="manual", ctx=CTX)
    is_hidden(domain, token)  # taken by the registrar, but not yet registered


def test_one_that_was_cancelled_before_its_registration_is_not_there(
    alice: Client, token: str
) -> None:
    domain = make_domain(alice, "pending")
    cancel_domain(domain=domain, ctx=CTX)
    is_hidden(domain, token)


def test_one_that_was_cancelled_after_it_was_sent_is_there(alice: Client, token: str) -> None:
    never = {"registration_date": None, "expiry_date": None, "next_due_date": None}
    domain = make_domain(alice, "pending_transfer")
    cancel_domain(domain=domain, ctx=CTX)
    is_shown(domain, token, status="cancelled", **never)


def test_one_that_was_stopped_before_its_registration_is_cancelled(
    alice: Client, token: str
) -> None:
    domain = make_domain(alice, "pending")
    stop_domain_as_fraud(domain=domain, ctx=CTX)
    never = {"registration_date": None, "expiry_date": None, "next_due_date": None}
    is_shown(domain, token, status="cancelled", **never)


def test_names_that_do_not_look_like_ascii(alice: Client, token: str) -> None:
    domain = make_domain(alice, domain_name="XN--MNCHEN-3YA.Example.")
    is_shown(domain, token, domain_name="xn--mnchen-3ya.example")
    Domain.objects.filter(pk=domain.pk).update(domain_name="mün\"'chen.example", tld="<b>")
    data = call_api(f"/domains/{domain.pk}", token).json["data"]
    assert (data["domain_name"], data["tld"]) == ("mün\"'chen.example", "<b>")


def test_newest_first_then_the_later_id(alice: Client, token: str) -> None:
    made = [make_domain(alice, at=AT + timedelta(microseconds=n)).pk for n in (0, 0, 1, 999_999)]
    assert call_api("/domains", token).ids == made[::-1]


def test_the_time_of_change_moves_with_each_change(alice: Client, token: str) -> None:
    domain = make_domain(alice)
    path = f"/domains/{domain.pk}"
    acts = [
        (set_nameservers, {"nameservers": ["a.example.net", "b.example.net"]}),
        (set_transfer_lock, {"locked": False}),
        (set_auto_renew, {"enabled": False}),
        (renew_domain, {"expiry_date": date(2028, 4, 8)}),
    ]
    for n, (act, words) in enumerate(acts, 1):
        before = call_api(path, token)
        at = AT + timedelta(minutes=n)
        act(domain=domain, ctx=Context(at, SYSTEM), **words)
        after = call_api(path, token)
        assert after.headers["last-modified"] == f"Wed, 08 Apr 2026 14:{33 + n}:10 GMT"
        assert after.headers["etag"] != before.headers["etag"]
        assert after.json != before.json


def test_nothing_for_staff_or_registrars_is_shown(alice: Client, token: str) -> None:
    domain = make_domain(alice)
    Domain.objects.filter(pk=domain.pk).update(
        notes="planted", registrar="planted", remote_id="planted"
    )
    for target in ("/domains", f"/domains/{domain.pk}"):
        assert b"planted" not in call_api(target, token).body
