"""Members: rights, the last owner, what ends with a membership (accounts.md 3; invariants.md R31, U13, X16)."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection

from commerce.accounts.actions.invitations import invite_member
from commerce.accounts.actions.members import change_member, remove_member
from commerce.accounts.actions.tokens import create_token
from commerce.accounts.models import ApiToken, Client, Invitation, Membership, User
from commerce.accounts.rules import (
    OWNERS_ONLY,
    RIGHTS_BY_ROLE,
    mask_email,
    rights_of,
    rights_to_grant,
    role_preset,
)
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Actor, Context
from commerce.kit.errors import BusinessError, PermissionDenied, StateConflict
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, as_member, make_client, make_member, make_user

ALL = frozenset(RIGHTS_BY_ROLE)


# --- Rules, without a database ---


@pytest.mark.parametrize(("role", "count"), [("owner", 15), ("billing", 10), ("technical", 9)])
def test_a_role_is_a_preset(role: str, count: int) -> None:
    assert len(role_preset(role)) == count
    assert rights_of(role, role_preset(role)) == frozenset(role_preset(role))
    assert rights_to_grant(role, role_preset(role), grantable=ALL) == role_preset(role)


def test_an_owner_has_all_rights_whatever_is_ticked() -> None:
    assert rights_to_grant("owner", [], grantable=ALL) == list(RIGHTS_BY_ROLE)
    assert rights_of("owner", []) == ALL


def test_stored_rights_of_an_owner_count_for_nobody_else() -> None:
    assert rights_of("technical", RIGHTS_BY_ROLE) == ALL - OWNERS_ONLY


@pytest.mark.parametrize(
    ("role", "rights", "field"),
    [
        ("billing", ["members.manage"], "rights"),
        ("technical", ["services.view", "data.export"], "rights"),
        ("technical", ["services.destroy"], "rights"),
        ("billing", [], "rights"),
        ("admin", ["services.view"], "role"),
        ("", ["services.view"], "role"),
    ],
)
def test_what_cannot_be_given(role: str, rights: list[str], field: str) -> None:
    with pytest.raises(BusinessError) as refused:
        rights_to_grant(role, rights, grantable=ALL)
    assert refused.value.field == field


@pytest.mark.parametrize(
    ("role", "rights", "missing"),
    [
        ("billing", ["services.view", "invoices.pay"], "invoices.pay"),
        ("owner", [], "profile.manage"),
    ],
)
def test_nobody_gives_a_right_that_he_does_not_have(
    role: str, rights: list[str], missing: str
) -> None:
    with pytest.raises(PermissionDenied) as refused:
        rights_to_grant(role, rights, grantable=frozenset({"profile.view", "services.view"}))
    assert refused.value.right == missing


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("alice@example.com", "a•••@example.com"),
        ("b@example.com", "b•••@example.com"),
        ('"a@b"@example.com', '"•••@example.com'),
    ],
)
def test_an_address_is_masked(email: str, shown: str) -> None:
    assert mask_email(email) == shown


# --- Actions ---


@pytest.mark.django_db
def test_an_owner_changes_a_member_and_it_is_told_and_kept() -> None:
    alice = make_user("alice@example.com")
    member = make_member(make_client(owner=alice), "bob@example.com")
    with commit_and_deliver():
        change_member(
            membership=member,
            role="technical",
            rights=["services.view", "tokens.manage"],
            ctx=Context(AT, as_member(alice)),
        )
    member.refresh_from_db()
    assert (member.role, member.rights) == ("technical", ["services.view", "tokens.manage"])
    entry = AuditEntry.objects.get(action="membership.changed")
    assert entry.before == {"role": "billing", "rights": role_preset("billing")}
    assert entry.after == {"role": "technical", "rights": ["services.view", "tokens.manage"]}
    assert (entry.actor_name, entry.record_name) == ("alice@example.com", "bob@example.com")
    assert sorted(to for sent in mail.outbox for to in sent.to) == [
        "alice@example.com",
        "bob@example.com",
    ]


@pytest.mark.django_db
def test_what_is_done_to_one_member_is_done_to_no_other() -> None:
    alice = make_user("alice@example.com")
    client, elsewhere = make_client(owner=alice), make_client(owner="dave@example.com")
    bob, carol = make_member(client, "bob@example.com"), make_member(client, "carol@example.com")
    other = make_member(elsewhere, user=bob.user)
    give = {"role": "technical", "rights": ["services.view"], "ctx": Context(AT, as_member(alice))}
    changed = change_member(membership=bob, **give)
    assert (changed.pk, changed.role, changed.rights) == (bob.pk, "technical", ["services.view"])
    assert change_member(membership=bob, **give).pk == bob.pk  # already as it is wanted
    for entry in AuditEntry.objects.filter(action="membership.changed"):
        assert (entry.record_kind, entry.record_id, entry.client_id) == (
            *("membership", bob.pk, client.pk),
        )
    remove_member(membership=bob, ctx=Context(AT, as_member(alice)))
    left = Membership.objects.order_by("pk").values_list("user__email", "client_id", "role")
    assert list(left) == [
        ("alice@example.com", client.pk, "owner"),
        ("dave@example.com", elsewhere.pk, "owner"),
        ("carol@example.com", client.pk, "billing"),
        ("bob@example.com", elsewhere.pk, "billing"),
    ]
    assert {carol.pk, other.pk} <= set(Membership.objects.values_list("pk", flat=True))
    assert AuditEntry.objects.get(action="membership.removed").after == {}


@pytest.mark.django_db
def test_the_last_owner_is_told_at_the_role() -> None:
    alice = make_user()
    client = make_client(owner=alice)
    make_client(owner=make_user())  # an owner elsewhere is none here
    own = Membership.objects.for_client(client).get()
    with pytest.raises(BusinessError, match="one owner") as refused:
        remove_member(membership=own, ctx=Context(AT, as_member(alice)))
    assert refused.value.field == "role"


@pytest.mark.django_db
def test_what_others_offered_or_the_same_person_elsewhere_stays_open() -> None:
    alice = make_user()
    client, elsewhere = make_client(owner=alice), make_client()
    bob = make_member(client, role="owner")
    make_member(elsewhere, user=bob.user, role="owner")

    def invite(place: Client, email: str, by: User) -> None:
        ctx = Context(AT, as_member(by))
        invite_member(client=place, email=email, role="owner", rights=[], ctx=ctx)

    for place, who in ((client, bob.user), (client, alice), (elsewhere, bob.user)):
        invite(place, f"friend{place.pk}{who.pk}@example.com", who)
    change_member(membership=bob, role="owner", rights=["x"], ctx=Context(AT, as_member(alice)))
    assert not Invitation.objects.exclude(status="open").exists()  # still an owner
    change_member(
        membership=bob, role="billing", rights=["orders.view"], ctx=Context(AT, as_member(alice))
    )
    states = Invitation.objects.order_by("pk").values_list("status", flat=True)
    assert list(states) == ["withdrawn", "open", "open"]
    entry = AuditEntry.objects.get(action="invitation.withdrawn")
    assert (entry.client_id, entry.reason[:14]) == (client.pk, "Whoever sent i")


@pytest.mark.django_db
def test_a_change_to_the_same_is_neither_kept_nor_told() -> None:
    alice = make_user()
    member = make_member(make_client(owner=alice))
    change_member(
        membership=member,
        role="billing",
        rights=role_preset("billing"),
        ctx=Context(AT, as_member(alice)),
    )
    assert not AuditEntry.objects.filter(action="membership.changed").exists()


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["billing", "technical"])
def test_only_an_owner_manages_members(role: str) -> None:
    client = make_client()
    member = make_member(client, role=role, rights=list(RIGHTS_BY_ROLE))
    other = make_member(client)
    actor = as_member(member.user)
    with pytest.raises(PermissionDenied):
        change_member(membership=member, role="owner", rights=[], ctx=Context(AT, actor))
    with pytest.raises(PermissionDenied):
        remove_member(membership=other, ctx=Context(AT, actor))
    with pytest.raises(PermissionDenied):
        invite_member(
            client=client,
            email="x@example.com",
            role="billing",
            rights=["orders.view"],
            ctx=Context(AT, actor),
        )


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["guest", "member", "token"])
def test_an_owner_of_another_client_or_nobody_changes_nothing(kind: str) -> None:
    charlie = make_user()
    make_client(owner=charlie)
    member = make_member(make_client())
    with pytest.raises(PermissionDenied):
        remove_member(membership=member, ctx=Context(AT, Actor(kind, charlie.pk)))


@pytest.mark.django_db
def test_an_owner_who_was_deactivated_changes_nothing() -> None:
    alice = make_user()
    member = make_member(make_client(owner=alice))
    alice.is_active = False
    alice.save()
    with pytest.raises(PermissionDenied):
        remove_member(membership=member, ctx=Context(AT, as_member(alice)))


@pytest.mark.django_db
@pytest.mark.parametrize("other", ["none", "inactive"])
def test_the_last_active_owner_stays(other: str) -> None:
    alice = make_user()
    client = make_client(owner=alice)
    if other == "inactive":
        make_member(client, role="owner", user=make_user(), rights=role_preset("owner"))
        gone = Membership.objects.latest("pk").user
        gone.is_active = False
        gone.save()
    own = Membership.objects.get(user=alice)
    with pytest.raises(BusinessError, match="one owner"):
        remove_member(membership=own, ctx=Context(AT, as_member(alice)))
    with pytest.raises(BusinessError, match="one owner"):
        change_member(
            membership=own,
            role="billing",
            rights=role_preset("billing"),
            ctx=Context(AT, as_member(alice)),
        )
    own.refresh_from_db()
    assert own.role == "owner"


@pytest.mark.django_db
def test_ownership_is_handed_over_by_a_second_owner() -> None:
    alice = make_user()
    client = make_client(owner=alice)
    bob = make_member(client)
    change_member(membership=bob, role="owner", rights=[], ctx=Context(AT, as_member(alice)))
    own = Membership.objects.get(user=alice)
    remove_member(membership=own, ctx=Context(AT, as_member(alice)))
    assert [one.user_id for one in Membership.objects.for_client(client)] == [bob.user_id]
    assert Membership.objects.get().rights == list(RIGHTS_BY_ROLE)


@pytest.mark.django_db
def test_with_a_membership_its_tokens_and_invitations_end() -> None:
    alice, bob = make_user(), make_user()
    client, elsewhere = make_client(owner=alice), make_client(owner=bob)
    member = make_member(client, role="owner", user=bob)
    mine = {"maker": bob, "ctx": Context(AT, SYSTEM)}
    token, _ = create_token(client=client, name="his", **mine)
    own, _ = create_token(client=elsewhere, name="his", **mine)
    hers, _ = create_token(client=client, name="hers", **(mine | {"maker": alice}))
    for email, inviter in (("friend@example.com", bob), ("other@example.com", alice)):
        ctx = Context(AT, as_member(inviter))
        invite_member(client=client, email=email, role="owner", rights=[], ctx=ctx)
    remove_member(membership=member, ctx=Context(AT, as_member(alice)))
    states = {one.pk: one.status for one in ApiToken.objects.all()}
    assert states == {token.pk: "revoked", own.pk: "live", hers.pk: "live"}
    assert {one.email: one.status for one in Invitation.objects.all()} == {
        "friend@example.com": "withdrawn",
        "other@example.com": "open",
    }
    assert AuditEntry.objects.get(action="membership.removed").before["role"] == "owner"
    assert AuditEntry.objects.get(action="api_token.revoked").reason != ""


@pytest.mark.django_db
def test_a_demoted_owner_brings_nobody_in() -> None:
    alice = make_user()
    client = make_client(owner=alice)
    bob = make_member(client, role="owner")
    invite_member(
        client=client,
        email="friend@example.com",
        role="owner",
        rights=[],
        ctx=Context(AT, as_member(bob.user)),
    )
    change_member(
        membership=bob, role="billing", rights=["orders.view"], ctx=Context(AT, as_member(alice))
    )
    assert Invitation.objects.get().status == "withdrawn"


@pytest.mark.django_db
def test_who_is_no_member_any_more_cannot_be_changed() -> None:
    member = make_member(make_client())
    Membership.objects.filter(pk=member.pk).delete()
    with pytest.raises(StateConflict):
        remove_member(membership=member, ctx=Context(AT, SYSTEM))
    with pytest.raises(StateConflict):
        change_member(membership=member, role="owner", rights=[], ctx=Context(AT, SYSTEM))


# SQLite in tests is one shared memory without waiting locks; its own way is that one writer excludes all others.
@pytest.mark.skipif(connection.vendor == "sqlite", reason="needs row locks")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(2))
def test_r31_one_owner_stays_whatever_happens_at_once(round_: int) -> None:
    """R31: each owner removes himself while the other demotes him; 20 threads at the same moment."""
    client = make_client(owner=None)
    owners = [make_member(client, role="owner") for _ in range(10)]
    start = Barrier(len(owners) * 2)

    def leave(member: Membership) -> None:
        start.wait()
        with suppress(BusinessError):
            remove_member(membership=member, ctx=Context(AT, as_member(member.user)))
        connection.close()

    def demote(member: Membership, by: Membership) -> None:
        start.wait()
        with suppress(BusinessError):
            change_member(
                membership=member,
                role="billing",
                rights=["orders.view"],
                ctx=Context(AT, as_member(by.user)),
            )
        connection.close()

    with ThreadPoolExecutor(len(owners) * 2) as pool:
        runs = [pool.submit(leave, member) for member in owners]
        runs += [pool.submit(demote, owners[i - 1], owners[i]) for i in range(len(owners))]
        for run in runs:
            run.result()
    assert Membership.objects.for_client(client).active_owners().count() == 1
