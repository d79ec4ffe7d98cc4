"""Whom a session acts for, with which rights, and what is offered to him (accounts.md 1 and 3)."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.test import RequestFactory

from commerce.accounts.models import Client, Membership, User
from commerce.accounts.rules import OWNERS_ONLY, RIGHTS_BY_ROLE
from commerce.audit.models import AuditEntry
from commerce.kit import json_log
from commerce.kit.context import Actor
from commerce.kit.errors import PermissionDenied
from commerce.mail.models import SuppressedAddress
from commerce.portal.base.access import (
    ACTING_CLIENT_KEY,
    ActingMember,
    acting_member_of,
    actor_of,
    client_page,
    open_page,
)
from commerce.portal.base.restored_forms import ENDED_SESSION_USER
from tests.make.people import AT, make_client, make_member, make_user


def request_of(user: Any, address: str = "192.0.2.7", **session: Any) -> Any:
    """A request of this user, whose session holds this."""
    request: Any = RequestFactory().get("/client/services", REMOTE_ADDR=address)
    request.user, request.session = user, dict(session)
    return request


@pytest.mark.parametrize(
    ("status", "right", "changes"),
    [
        ("active", "orders.place", True),
        ("active", "members.manage", False),
        ("suspended", "orders.place", False),
        ("closed", "orders.place", False),
    ],
)
def test_a_change_is_offered_where_it_would_be_let_through(
    status: str, right: str, *, changes: bool
) -> None:
    acting = ActingMember(User(), Membership(), Client(status=status), frozenset({"orders.place"}))
    assert acting.may("orders.place")
    assert not acting.may("members.manage")
    assert acting.is_active is (status == "active")
    assert acting.may_change(right) is changes
    assert acting.bounced_addresses == ()


@pytest.mark.django_db
def test_audit_entries_name_the_person_behind_a_request() -> None:
    alice = make_user("alice@example.com")
    mark = json_log.current_request_id.set("request-3")
    try:
        assert actor_of(request_of(alice)) == Actor(
            *("member", alice.pk, "alice@example.com", "192.0.2.7", "request-3")
        )
        assert actor_of(request_of(AnonymousUser(), "")) == Actor(
            *("guest", None, "", None, "request-3")
        )
    finally:
        json_log.current_request_id.reset(mark)


@pytest.mark.django_db
def test_the_only_client_of_a_member_is_chosen_for_him() -> None:
    alice = make_user()
    client = make_client(owner=alice)
    make_client(owner=make_user())
    assert acting_member_of(request_of(AnonymousUser())) is None
    assert acting_member_of(request_of(make_user())) is None
    request = request_of(alice)
    acting = acting_member_of(request)
    assert acting is not None
    assert (acting.user, acting.client, acting.rights) == (alice, client, frozenset(RIGHTS_BY_ROLE))
    assert acting.membership == Membership.objects.get(user=alice)
    assert request.session == {ACTING_CLIENT_KEY: client.pk}


@pytest.mark.django_db
def test_of_several_clients_the_session_names_one() -> None:
    alice = make_user()
    make_client(owner=alice)
    second = make_member(make_client(), user=alice, role="technical", rights=list(RIGHTS_BY_ROLE))
    undecided = request_of(alice)
    assert acting_member_of(undecided) is None
    assert undecided.session == {}
    acting = acting_member_of(request_of(alice, **{ACTING_CLIENT_KEY: second.client_id}))
    assert acting is not None
    assert (acting.client, acting.rights) == (
        second.client,
        frozenset(RIGHTS_BY_ROLE) - OWNERS_ONLY,
    )


@pytest.mark.django_db
def test_what_was_sent_for_a_client_that_he_left_reaches_no_other() -> None:
    alice = make_user()
    own, foreign = make_client(owner=alice), make_client()
    request = request_of(alice, **{ACTING_CLIENT_KEY: foreign.pk})
    assert acting_member_of(request) is None
    assert request.session == {}
    again = acting_member_of(request)
    assert again is not None
    assert again.client == own


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("role", "stopped", "shown"),
    [
        ("owner", [], []),
        ("owner", ["alice@example.com"], ["alice@example.com"]),
        ("owner", ["billing@example.com"], ["billing@example.com"]),
        ("owner", ["Alice@example.com", "Billing@example.com"], ["alice", "billing"]),
        ("technical", ["alice@example.com", "billing@example.com"], ["alice@example.com"]),
        ("technical", ["billing@example.com"], []),
    ],
)
def test_who_can_mend_an_address_is_told_that_it_gets_no_mail(
    role: str, stopped: list[str], shown: list[str]
) -> None:
    member = make_member(make_client(), "alice@example.com", role)
    for email in stopped:
        SuppressedAddress.objects.create(email=email, suppressed_at=AT)
    acting = acting_member_of(request_of(member.user))
    assert acting is not None
    assert [one.partition("@")[0] for one in acting.bounced_addresses] == [
        one.partition("@")[0] for one in shown
    ]


@pytest.mark.django_db
def test_one_address_for_both_is_named_once() -> None:
    member = make_member(make_client(email="alice@example.com"), "alice@example.com", "owner")
    SuppressedAddress.objects.create(email="alice@example.com", suppressed_at=AT)
    acting = acting_member_of(request_of(member.user))
    assert acting is not None
    assert acting.bounced_addresses == ("alice@example.com",)


# --- Doors ---


def inside(request: Any) -> HttpResponse:
    return HttpResponse("inside")


def sends(user: Any, method: str, **session: Any) -> Any:
    """The same request, sent so."""
    request = request_of(user, **session)
    request.method = method
    return request


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("status", "method", "right", "door", "answered"),
    [
        ("active", "GET", "invoices.view", {}, 200),
        ("active", "POST", "invoices.view", {}, 200),
        ("active", "GET", "members.manage", {}, 403),
        ("active", "GET", None, {}, 200),
        ("suspended", "GET", "invoices.view", {}, 200),
        ("suspended", "HEAD", "invoices.view", {}, 200),
        ("suspended", "POST", "invoices.view", {}, 403),
        ("suspended", "POST", "invoices.view", {"while_suspended": True}, 200),
        ("suspended", "POST", "members.manage", {"while_suspended": True}, 403),
        ("closed", "GET", "invoices.view", {"while_suspended": True}, 403),
    ],
)
def test_who_comes_through_the_door_of_a_page(
    *, status: str, method: str, right: str | None, door: dict[str, bool], answered: int
) -> None:
    bob = make_member(make_client(), role="billing")
    Client.objects.update(status=status)
    request = sends(bob.user, method)
    answer = client_page(right, **door)(inside)(request)
    assert answer.status_code == answered
    assert request.acting.client == bob.client
    refused = AuditEntry.objects.filter(action="user.refused")
    assert refused.count() == (1 if answered == 403 else 0)
    if answered == 403:
        why = "closed" if status == "closed" else right if right == "members.manage" else status
        entry = refused.get()
        assert (entry.after["why"], entry.client_id) == (why, bob.client_id)
        assert entry.after["page"] == f"{method} /"


@pytest.mark.django_db
def test_a_right_that_an_action_finds_missing_is_named() -> None:
    def lacking(request: Any) -> HttpResponse:
        raise PermissionDenied("invoices.pay")

    answer: Any = client_page()(lacking)(sends(make_member(make_client()).user, "POST"))
    assert answer.status_code == 403
    assert "invoices.pay" in answer.content.decode()
    assert AuditEntry.objects.get(action="user.refused").after["why"] == "invoices.pay"


@pytest.mark.django_db
def test_who_has_not_chosen_or_has_no_client_is_told() -> None:
    alice = make_user()
    none: Any = client_page()(inside)(sends(alice, "GET"))
    assert none.status_code == 403
    entry = AuditEntry.objects.get(action="user.refused")
    assert (entry.after["why"], entry.client_id) == ("no_client", None)
    for _ in range(2):
        make_client(owner=alice)
    choice: Any = client_page()(inside)(sends(alice, "GET"))
    assert (choice.status_code, choice["Location"]) == (
        *(302, "/client/switch?next=%2Fclient%2Fservices"),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "method", "right", "answered"),
    [
        ("guest", "GET", "orders.place", 200),
        ("guest", "POST", "orders.place", 200),
        ("owner", "POST", "orders.place", 200),
        ("technical", "GET", "orders.place", 200),
        ("technical", "POST", "orders.place", 403),
        ("suspended", "GET", None, 200),
        ("suspended", "POST", None, 403),
    ],
)
def test_a_page_that_guests_use_too_is_read_by_all_and_changed_by_who_may(
    who: str, method: str, right: str | None, answered: int
) -> None:
    user: Any = AnonymousUser()
    if who != "guest":
        role = "technical" if who == "technical" else "owner"
        user = make_member(make_client(), role=role, rights=["services.view"]).user
        Client.objects.update(status="suspended" if who == "suspended" else "active")
    request = sends(user, method)
    answer: Any = open_page(right)(inside)(request)
    assert answer.status_code == answered
    assert hasattr(request, "acting") is (who != "guest" and method == "POST")


@pytest.mark.django_db
def test_a_change_whose_session_has_ended_leads_to_the_sign_in() -> None:
    alice = make_user()
    request = sends(AnonymousUser(), "POST")
    setattr(request, ENDED_SESSION_USER, alice.pk)
    answer: Any = open_page()(inside)(request)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/client/login?next=/")
