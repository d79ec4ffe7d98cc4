"""Clients as actions: what is kept of them, what is asked about them, and that nobody else's records are touched."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from commerce.accounts.actions.client_locks import bump_revision, lock_client
from commerce.accounts.actions.clients import (
    change_client,
    close_client,
    create_client,
    reopen_client,
    suspend_client,
)
from commerce.accounts.models import Client, Membership, User
from commerce.accounts.rules import role_preset
from commerce.audit.models import AuditEntry
from commerce.jobs.models import Job
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.actions import set_setting
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, as_member, make_client, make_custom_field, make_member, make_user

pytestmark = pytest.mark.django_db

CTX = Context(AT, SYSTEM)
LATER = AT + timedelta(minutes=1)
VAT = "DE136695976"


def choose(**values: str) -> None:
    for key, value in values.items():
        set_setting(key=key.replace("__", "."), value=value, ctx=CTX)


def asked_about() -> list[tuple[str, int, Any]]:
    jobs = Job.objects.filter(action="client.check_vat").order_by("pk")
    return [(job.subject_kind, job.subject_id, job.args) for job in jobs]


# --- Made ---


def test_a_client_is_kept_as_it_was_typed_with_its_owner() -> None:
    field, alice = make_custom_field("Color"), make_user("alice@example.com")
    client = make_client(owner=alice, company=" Acme\tLtd ", custom={field.pk: "green"})
    client.refresh_from_db()
    assert (client.first_name, client.company, client.country) == ("Jane", "Acme Ltd", "DE")
    assert (client.email, client.currency_code) == ("billing@example.com", "EUR")
    assert (client.status, client.created_at, client.changed_at) == ("active", AT, AT)
    assert list(field.values.values_list("client_id", "value")) == [(client.pk, "green")]
    member = Membership.objects.get()
    assert (member.user, member.client, member.created_at) == (alice, client, AT)
    assert (member.role, member.rights) == ("owner", role_preset("owner"))
    made, joined = (
        AuditEntry.objects.get(action=f"{what}.created") for what in ("client", "membership")
    )
    assert (made.record_kind, made.record_id, made.client_id) == ("client", client.pk, client.pk)
    assert (joined.record_kind, joined.record_id, joined.record_name) == (
        *("user", alice.pk, "alice@example.com"),
    )
    assert (joined.client_id, joined.after) == (client.pk, {"role": "owner"})


def test_a_client_needs_no_owner_and_takes_only_details_that_it_has() -> None:
    make_client(owner=None)
    assert not Membership.objects.exists()
    for detail in ("status", "api_rate"):
        with pytest.raises(TypeError, match=f"not a detail of a client: {detail}"):
            make_client(owner=None, **{detail: "1"})
    assert Client.objects.count() == 1


@pytest.mark.parametrize(
    ("enabled", "vies", "number", "asks"),
    [
        ("on", "on", VAT, True),
        ("off", "on", VAT, False),
        ("on", "off", VAT, False),
        ("on", "on", "", False),
    ],
)
def test_a_vat_number_is_looked_up_if_taxes_and_the_register_are_on(
    enabled: str, vies: str, number: str, *, asks: bool
) -> None:
    choose(company__country="DE", tax__vies_enabled=vies, tax__enabled=enabled)
    client = make_client(tax_id=number.lower())
    assert client.tax_id == number
    asked = asked_about()
    assert asked == ([("client", client.pk, {"number": VAT})] if asks else [])
    change_client(client=client, city="Bonn", ctx=Context(LATER, SYSTEM))
    assert asked_about() == asked  # the city changes nothing of it
    if asks:
        change_client(client=client, state="BY", ctx=Context(LATER, SYSTEM))
        assert len(asked_about()) == 2


def test_a_wrong_vat_number_is_refused_at_its_field() -> None:
    client, swiss = make_client(tax_id=VAT), make_client(country="CH", tax_id="CHE-1")
    for refused_by in (
        lambda: make_client(tax_id="DE1"),
        lambda: change_client(client=client, tax_id="DE1", ctx=CTX),
        lambda: change_client(client=swiss, country="DE", ctx=CTX),
    ):
        with pytest.raises(BusinessError, match="This tax ID isn't valid") as refused:
            refused_by()
        assert refused.value.field == "tax_id"
    client.refresh_from_db()
    assert (client.tax_id, client.country) == (VAT, "DE")


# --- Held ---


@pytest.mark.parametrize(("field", "label"), [("company", "Company"), ("tax_id", "Tax ID")])
def test_a_text_that_is_too_long_is_refused_by_its_label(field: str, label: str) -> None:
    with pytest.raises(BusinessError, match=rf"^Shorten {label} to \d+ characters or fewer\.$"):
        make_client(**{field: "x" * 300})


def test_the_revision_of_one_client_is_raised() -> None:
    clients = [make_client(), make_client()]
    first, second = (client.revision for client in clients)
    bump_revision(clients[1].pk, CTX)
    held = bump_revision(clients[1].pk, CTX)
    assert (held, held.revision) == (clients[1], second + 2)
    assert held.email == "billing@example.com"
    assert lock_client(clients[0].pk) == clients[0]
    revisions = Client.objects.order_by("pk").values_list("revision", flat=True)
    assert list(revisions) == [first, second + 2]


# --- Changed ---


def test_a_change_is_of_one_client_and_kept() -> None:
    client, other = make_client(city="Bern"), make_client(city="Bern")
    changed = change_client(client=client, city=" Oslo ", state="", ctx=Context(LATER, SYSTEM))
    assert (changed.city, changed.changed_at) == ("Oslo", LATER)
    assert changed.revision == client.revision + 1
    other.refresh_from_db()
    assert (other.city, other.changed_at) == ("Bern", AT)
    entry = AuditEntry.objects.get(action="client.updated")
    assert (entry.record_kind, entry.record_id, entry.client_id) == ("client", client.pk, client.pk)
    assert (entry.before, entry.after) == ({"city": "Bern"}, {"city": "Oslo"})
    again = change_client(client=client, city="Oslo", ctx=Context(LATER, SYSTEM))
    assert again.revision == changed.revision
    with pytest.raises(TypeError, match="not editable: api_rate"):
        change_client(client=client, api_rate="1", ctx=CTX)


def test_a_language_is_one_of_those_offered_or_the_one_that_he_has() -> None:
    client = make_client()
    with pytest.raises(BusinessError) as refused:
        change_client(client=client, locale="tlh", ctx=CTX)
    assert refused.value.field == "locale"
    Client.objects.update(locale="tlh")  # one that was offered once
    assert change_client(client=client, locale="tlh", city="Oslo", ctx=CTX).city == "Oslo"
    assert change_client(client=client, locale="en", ctx=CTX).locale == "en"


def moves_bills(client: Client, email: str, by: Actor) -> tuple[str, str]:
    """The client's billing address afterwards, and the one that waits."""
    with commit_and_deliver():
        changed = change_client(client=client, email=email, ctx=Context(LATER, by))
    return changed.email, changed.pending_email


def test_an_address_of_a_member_or_from_staff_gets_bills_at_once(alice: User) -> None:
    client = make_client(owner=alice)
    make_member(client, "bob@example.com")
    assert moves_bills(client, "BOB@example.com", as_member(alice)) == ("BOB@example.com", "")
    assert {to for one in mail.outbox for to in one.to} == {
        *("alice@example.com", "billing@example.com"),
    }
    assert moves_bills(client, "staff@example.org", SYSTEM) == ("staff@example.org", "")


@pytest.mark.parametrize("whose", ["nobody", "inactive", "unproven", "another client"])
def test_any_other_address_waits_until_it_is_confirmed(alice: User, whose: str) -> None:
    client = make_client(owner=alice)
    email, by = "bob@example.com", as_member(alice)
    if whose == "another client":
        make_client(owner=email)
    elif whose != "nobody":
        make_member(client, user=make_user(email, verified=whose != "unproven"))
        User.objects.filter(email=email).update(is_active=whose != "inactive")
    assert moves_bills(client, email, by) == ("billing@example.com", email)
    assert [one.to for one in mail.outbox] == [[email]]
    assert AuditEntry.objects.get(action="client.updated").after == {"pending_email": email}
    # The address that he has is no new one, however it is written, and ends the wish.
    assert moves_bills(client, "Billing@example.com", by) == ("Billing@example.com", "")


# --- Suspended, open, closed ---


@pytest.mark.parametrize(
    ("verb", "status", "before"),
    [
        (suspend_client, "suspended", None),
        (close_client, "closed", None),
        (reopen_client, "active", suspend_client),
        (reopen_client, "active", close_client),
    ],
)
def test_a_client_moves_with_a_reason(
    verb: Callable[..., None], status: str, before: Callable[..., None] | None
) -> None:
    client, other = make_client(), make_client()
    if before is not None:
        before(client=client, reason="before", ctx=CTX)
    revision = Client.objects.get(pk=client.pk).revision
    verb(client=client, reason="why", ctx=Context(LATER, SYSTEM))
    client.refresh_from_db()
    assert (client.status, client.changed_at) == (status, LATER)
    assert client.revision == revision + 1
    other.refresh_from_db()
    assert (other.status, other.changed_at) == ("active", AT)
    entry = AuditEntry.objects.latest("pk")
    assert (entry.reason, entry.client_id) == ("why", client.pk)


def test_closing_needs_a_reason() -> None:
    client = make_client()
    with pytest.raises(BusinessError, match="Enter a reason for closing the account"):
        close_client(client=client, reason="", ctx=CTX)
    client.refresh_from_db()
    assert client.status == "active"


def test_answers_of_the_first_hour_belong_to_their_client() -> None:
    field = make_custom_field("Color")
    first, second = (
        create_client(
            owner=None,
            first_name="J",
            last_name="S",
            email="a@example.org",
            country="DE",
            currency_code="EUR",
            custom={field.pk: color},
            ctx=CTX,
        )
        for color in ("green", "red")
    )
    change_client(client=first, custom={field.pk: "blue"}, ctx=CTX)
    change_client(client=first, ctx=CTX)  # no answers: those that he gave stay
    kept = field.values.order_by("client_id").values_list("client_id", "value")
    assert list(kept) == [(first.pk, "blue"), (second.pk, "red")]
