"""What two people, or one person twice, do at the same moment (accounts.md 3, 4 and 7)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from django.db import connection

from commerce.accounts.actions.invitations import (
    accept_as_new_user,
    accept_invitation,
    decline_invitation,
    invite_member,
)
from commerce.accounts.actions.passwords import reset_password
from commerce.accounts.actions.registration import register_user
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import ApiToken, Client, Invitation, Membership, User
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from tests.make.people import AT, PASSWORD, as_member, make_client, make_user

# SQLite in tests is one shared memory without waiting locks; its own way is that one writer excludes all others.
pytestmark = [
    pytest.mark.skipif(connection.vendor == "sqlite", reason="needs row locks"),
    pytest.mark.django_db(transaction=True),
]

WORKERS = 20


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run all acts at the same moment; what was refused is None."""
    start = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        start.wait()
        try:
            with suppress(BusinessError):
                return act()
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def registered(email: str) -> User | None:
    return register_user(
        email=email,
        password=PASSWORD,
        first_name="Ann",
        last_name="Example",
        company="",
        country="DE",
        currency_code="EUR",
        terms_version="",
        locale="en",
        ctx=Context(AT, SYSTEM),
    )


def offered(client: Client, owner: User, email: str) -> Invitation:
    return invite_member(
        client=client,
        email=email,
        role="technical",
        rights=["services.view"],
        ctx=Context(AT, as_member(owner)),
    )


def test_one_address_registered_by_20_at_once_is_one_account() -> None:
    spellings = ["ann@example.org", "Ann@Example.org"]
    made = at_once(*(lambda n=number: registered(spellings[n % 2]) for number in range(WORKERS)))
    assert len([one for one in made if one]) == 1
    assert (User.objects.count(), Client.objects.count(), Membership.objects.count()) == (1, 1, 1)


def test_an_invitation_accepted_20_times_at_once_is_one_membership() -> None:
    owner, guest = make_user(), make_user("guest@example.org")
    client = make_client(owner=owner)
    invitation = offered(client, owner, guest.email)

    def accept() -> object:
        found = Invitation.objects.get(pk=invitation.pk)
        return accept_invitation(invitation=found, user=guest, ctx=Context(AT, as_member(guest)))

    made = at_once(*[accept] * WORKERS)
    assert len([one for one in made if one]) == 1
    assert Membership.objects.filter(user=guest).count() == 1


def test_a_new_person_who_accepts_20_times_at_once_is_one_user() -> None:
    owner = make_user()
    invitation = offered(make_client(owner=owner), owner, "new@example.org")

    def accept() -> object:
        return accept_as_new_user(
            invitation=Invitation.objects.get(pk=invitation.pk),
            first_name="New",
            last_name="Person",
            password=PASSWORD,
            ctx=Context(AT, SYSTEM),
        )

    made = at_once(*[accept] * WORKERS)
    assert len([one for one in made if one]) == 1
    assert User.objects.with_email("new@example.org").count() == 1
    assert Membership.objects.count() == 2


@pytest.mark.parametrize("round_", range(3))
def test_an_invitation_is_accepted_or_declined_not_both(round_: int) -> None:
    owner, guest = make_user(), make_user()
    invitation = offered(make_client(owner=owner), owner, guest.email)

    def found() -> Invitation:
        return Invitation.objects.get(pk=invitation.pk)

    ctx = Context(AT, as_member(guest))
    at_once(
        *[lambda: accept_invitation(invitation=found(), user=guest, ctx=ctx)] * 5,
        *[lambda: decline_invitation(invitation=found(), ctx=ctx)] * 5,
    )
    is_member = Membership.objects.filter(user=guest).exists()
    assert found().status == ("accepted" if is_member else "declined")


def test_a_token_form_sent_20_times_at_once_makes_one_token() -> None:
    owner = make_user()
    client = make_client(owner=owner)

    def make() -> object:
        return create_token(
            client=client,
            maker=owner,
            name="one",
            idempotency_key="k",
            ctx=Context(AT, as_member(owner)),
        )

    made = at_once(*[make] * WORKERS)
    assert len([one for one in made if one]) == 1
    assert ApiToken.objects.count() == 1


def test_a_reset_link_used_20_times_at_once_sets_one_password() -> None:
    user = make_user()

    def act(number: int) -> Callable[[], object]:
        password = f"a sentence of number {number}"
        own = User.objects.get(pk=user.pk)

        def run() -> object:
            reset_password(user=own, password=password, ctx=Context(AT, SYSTEM))
            return password

        return run

    made = [one for one in at_once(*(act(number) for number in range(WORKERS))) if one]
    assert len(made) == 1
    assert User.objects.get().check_password(str(made[0]))
