"""Second factors as actions: steps, codes, keys, races (accounts.md 6)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from cryptography.fernet import Fernet
from django.core import mail
from django.db import connection
from pytest_django.fixtures import Settings

from commerce.accounts.actions.mfa import (
    MAX_PASSKEYS,
    add_passkey,
    add_totp,
    consume_code,
    new_recovery_codes,
    record_passkey_use,
    reencrypt_mfa_secrets,
    remove_all_factors,
    remove_factor,
    rename_passkey,
)
from commerce.accounts.actions.sessions import begin_session
from commerce.accounts.mfa import has_factor, recovery_codes_left
from commerce.accounts.models import TotpStep, User
from commerce.audit.models import AuditEntry
from commerce.kit.context import Actor, Context
from commerce.kit.crypto import DecryptionError
from commerce.kit.errors import BusinessError, StateConflict
from commerce.site_settings.encryption import key_ring
from tests.make.mails import commit_and_deliver
from tests.make.people import AT, as_member, make_user
from tests.make.totp import totp

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RFC_6238 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of the test vectors of RFC 6238, appendix B: ``12345678901234567890``."""


def who(user: User, at: datetime = AT) -> dict[str, Any]:
    return {"user": user, "ctx": Context(at, as_member(user))}


def with_totp(user: User) -> list[str]:
    return add_totp(secret=SECRET, code=totp(SECRET, AT), keep_session=None, **who(user))


def the(kind: str, user: User) -> Authenticator:
    return Authenticator.objects.get(user=user, type=kind)


def with_passkey(user: User, name: str = "Laptop", at: datetime = AT) -> list[str]:
    return add_passkey(name=name, credential={"id": name}, keep_session=None, **who(user, at))


def test_the_tests_own_reckoning_is_that_of_the_rfc() -> None:
    vectors = {59: "287082", 1111111109: "081804", 1111111111: "050471", 20000000000: "353130"}
    epoch = AT.replace(year=1970, month=1, day=1, hour=0, minute=0, second=0)
    found = {t: totp(RFC_6238, epoch + timedelta(seconds=t)) for t in vectors}
    assert found == vectors


def test_a_code_counts_once_and_none_before_it(alice: User) -> None:
    with_totp(alice)
    assert consume_code(code=totp(SECRET, AT), **who(alice)) is None  # it set the factor up
    ahead = totp(SECRET, AT, steps=1)
    assert consume_code(code=ahead, **who(alice)) == "totp"
    assert consume_code(code=ahead, **who(alice)) is None
    assert TotpStep.objects.get().step == int(AT.timestamp()) // 30 + 1
    assert Authenticator.objects.get(type="totp").last_used_at == AT


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_use_a_code_once(alice: User) -> None:
    codes = with_totp(alice)
    later = AT + timedelta(minutes=5)

    def use(code: str) -> str | None:
        try:
            return consume_code(code=code, **who(alice, at=later))
        finally:
            connection.close()

    for code in (totp(SECRET, later), codes[0]):
        with ThreadPoolExecutor(20) as pool:
            used = list(pool.map(use, [code] * 20))
        assert len([one for one in used if one]) == 1


def test_only_the_first_factor_brings_recovery_codes(alice: User) -> None:
    codes = with_totp(alice)
    assert len(set(codes)) == 8
    assert all(code.isdigit() and len(code) >= 8 for code in codes)
    assert add_passkey(name="Laptop", credential={}, keep_session=None, **who(alice)) == []
    assert recovery_codes_left(alice) == 8
    assert consume_code(code=codes[7], **who(alice)) == "recovery_codes"
    assert recovery_codes_left(alice) == 7
    assert recovery_codes_left(make_user()) is None


def test_a_second_app_is_refused(alice: User) -> None:
    with_totp(alice)
    with pytest.raises(StateConflict):
        add_totp(secret=SECRET, code="000000", keep_session=None, **who(alice))


def test_new_codes_need_a_factor_and_count_once(alice: User) -> None:
    with pytest.raises(BusinessError):
        new_recovery_codes(replaced_id=0, keep_session=None, **who(alice))
    old = with_totp(alice)
    kept = Authenticator.objects.get(type="recovery_codes").pk
    new = new_recovery_codes(replaced_id=kept, keep_session=None, **who(alice))
    with pytest.raises(BusinessError):
        new_recovery_codes(replaced_id=kept, keep_session=None, **who(alice))
    with pytest.raises(BusinessError):
        new_recovery_codes(replaced_id=0, keep_session=None, **who(alice))
    assert consume_code(code=old[0], **who(alice)) is None
    assert consume_code(code=new[0], **who(alice)) == "recovery_codes"


def test_one_of_several_factors_goes_without_a_code(alice: User) -> None:
    with_totp(alice)
    add_passkey(name="Laptop", credential={}, keep_session=None, **who(alice))
    app, key = (Authenticator.objects.get(type=kind).pk for kind in ("totp", "webauthn"))
    assert remove_factor(factor_id=app, code="", keep_session=None, **who(alice))
    assert has_factor(alice)
    assert not TotpStep.objects.exists()
    with pytest.raises(BusinessError):
        remove_factor(factor_id=key, code="", keep_session=None, **who(alice))
    assert has_factor(alice)


def test_a_factor_of_another_is_none(alice: User) -> None:
    with_totp(alice)
    app = Authenticator.objects.get(type="totp").pk
    charlie = make_user()
    assert not remove_factor(factor_id=app, code="", keep_session=None, **who(charlie))
    assert not rename_passkey(factor_id=app, name="x", **who(charlie))
    assert not rename_passkey(factor_id=app, name="x", **who(alice))  # an app has no name


def test_the_key_can_be_changed_and_the_old_one_goes(alice: User, settings: Settings) -> None:
    """X1 of the invariants."""
    codes = with_totp(alice)
    old, new = settings.COMMERCE_KEY_RING, Fernet.generate_key().decode()
    settings.COMMERCE_KEY_RING = [new, *old]
    later = AT + timedelta(minutes=5)
    assert consume_code(code=totp(SECRET, later), **who(alice, at=later)) == "totp"
    with_passkey(alice)  # it holds no secret
    assert reencrypt_mfa_secrets() == 2
    settings.COMMERCE_KEY_RING = [new]
    later += timedelta(minutes=5)
    assert consume_code(code=totp(SECRET, later), **who(alice, at=later)) == "totp"
    assert consume_code(code=codes[0], **who(alice, at=later)) == "recovery_codes"
    settings.COMMERCE_KEY_RING = old
    with pytest.raises(DecryptionError):
        key_ring().decrypt(Authenticator.objects.get(type="totp").data["secret"])


def test_each_change_is_kept_and_told_and_ends_the_other_sessions(alice: User) -> None:
    """X6 of the invariants."""
    bob = make_user("bob@example.com")
    kept: dict[str, Any] = {"address": None, "user_agent": "", "remember": False, "at": AT}
    begin_session(user=bob, session_key="his", **kept)
    changes: list[tuple[Any, str, str, dict[str, Any], dict[str, Any]]] = [
        (
            lambda **by: add_totp(secret=SECRET, code=totp(SECRET, by["ctx"].at), **by),
            "factor.added",
            "Authenticator app added",
            {},
            {},
        ),
        (
            lambda **by: add_passkey(name="Laptop", credential={}, **by),
            "factor.added",
            "Passkey added",
            {},
            {"name": "Laptop"},
        ),
        (
            lambda **by: new_recovery_codes(replaced_id=the("recovery_codes", alice).pk, **by),
            "factor.codes_made",
            "New recovery codes generated",
            {},
            {},
        ),
        (
            lambda **by: remove_factor(factor_id=the("webauthn", alice).pk, code="", **by),
            "factor.removed",
            "Two-factor method removed",
            {"name": "Laptop"},
            {},
        ),
    ]
    for minute, (change, action, words, before, after) in enumerate(changes):
        for key in ("here", "elsewhere"):
            begin_session(user=alice, session_key=key, **kept)
        with commit_and_deliver():
            change(keep_session="here", **who(alice, at=AT + timedelta(minutes=minute)))
        keys = UserSession.objects.order_by("session_key").values_list("session_key", flat=True)
        assert list(keys) == ["here", "his"], action
        entry = AuditEntry.objects.filter(action=action).latest("pk")
        assert (entry.record_kind, entry.record_id, entry.record_name) == (
            *("user", alice.pk, alice.email),
        )
        assert (entry.before | before, entry.after) == (entry.before, after)
        assert len(mail.outbox) == minute + 1
        assert mail.outbox[-1].to == [alice.email]
        assert words in mail.outbox[-1].body
    assert set(AuditEntry.objects.get(action="factor.removed").before) == {"factor", "name"}


def test_a_factor_says_since_when_it_is_there(alice: User) -> None:
    with_passkey(alice)
    with_totp(alice)
    assert set(Authenticator.objects.values_list("created_at", flat=True)) == {AT}
    assert the("webauthn", alice).data == {"name": "Laptop", "credential": {"id": "Laptop"}}
    assert the("recovery_codes", alice).data["used_mask"] == 0


def test_a_first_passkey_brings_recovery_codes_and_an_app_then_none(alice: User) -> None:
    assert len(with_passkey(alice)) == 8
    assert with_totp(alice) == []
    later = AT + timedelta(minutes=5)
    assert consume_code(code=totp(SECRET, later), **who(alice, at=later)) == "totp"


def test_a_wrong_code_sets_nothing_up(alice: User) -> None:
    with pytest.raises(BusinessError) as refused:
        add_totp(secret=SECRET, code="000000", keep_session=None, **who(alice))
    assert refused.value.field == "code"
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    ("steps", "counts"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_code_counts_one_step_early_or_late(alice: User, steps: int, *, counts: bool) -> None:
    with_totp(alice)
    later = AT + timedelta(minutes=5)
    code = totp(SECRET, later, steps=steps)
    assert (consume_code(code=code, **who(alice, at=later)) == "totp") is counts


def test_a_code_of_another_person_counts_for_nobody_else(alice: User) -> None:
    bob = make_user()
    his = add_totp(secret=RFC_6238, code=totp(RFC_6238, AT), keep_session=None, **who(bob))
    hers = with_totp(alice)
    later = AT + timedelta(minutes=5)
    assert consume_code(code=totp(RFC_6238, later), **who(alice, at=later)) is None
    assert consume_code(code=his[0], **who(alice, at=later)) is None
    assert consume_code(code=totp(SECRET, later), **who(alice, at=later)) == "totp"
    assert consume_code(code=hers[0], **who(alice, at=later)) == "recovery_codes"
    assert {one.last_used_at for one in Authenticator.objects.filter(user=bob)} == {None}
    assert {one.last_used_at for one in Authenticator.objects.filter(user=alice)} == {later}
    assert (recovery_codes_left(alice), recovery_codes_left(bob)) == (7, 8)
    assert TotpStep.objects.get(factor__user=bob).step == int(AT.timestamp()) // 30
    entry = AuditEntry.objects.get(action="factor.code_used")
    assert (entry.record_kind, entry.record_id) == ("user", alice.pk)
    assert consume_code(code=totp(SECRET, later), **who(make_user(), at=later)) is None


def test_twenty_passkeys_are_the_most_that_one_person_has(alice: User) -> None:
    bob = make_user()
    with_totp(alice)
    Authenticator.objects.bulk_create(
        Authenticator(user=user, type="webauthn", data={}, created_at=AT)
        for user in (alice, bob)
        for _ in range(MAX_PASSKEYS - 1)
    )
    with_passkey(alice)
    with pytest.raises(BusinessError, match="20 passkeys"):
        with_passkey(alice)
    assert Authenticator.objects.filter(user=alice, type="webauthn").count() == 20


def test_a_passkey_is_renamed_and_noted_and_no_other(alice: User) -> None:
    with_passkey(alice)
    with_passkey(alice, "Phone", at=AT + timedelta(minutes=1))
    phone = Authenticator.objects.filter(type="webauthn").latest("pk")
    assert rename_passkey(factor_id=phone.pk, name="Old phone", **who(alice)) is True
    use = {"factor": phone, "first_sign_count": 0, "at": AT}
    assert record_passkey_use(sign_count=0, **use) is True
    kept = Authenticator.objects.filter(type="webauthn").order_by("pk")
    assert [(one.data, one.last_used_at) for one in kept] == [
        ({"name": "Laptop", "credential": {"id": "Laptop"}}, None),
        ({"name": "Old phone", "credential": {"id": "Phone"}}, AT),
    ]
    entry = AuditEntry.objects.get(action="factor.renamed")
    assert (entry.record_kind, entry.record_id, entry.record_name) == (
        "user",
        alice.pk,
        alice.email,
    )
    assert (entry.before, entry.after) == ({"name": "Phone"}, {"name": "Old phone"})
    assert not rename_passkey(factor_id=phone.pk, name="x", **who(make_user()))


def test_with_the_last_factor_the_recovery_codes_go_and_nobody_elses(alice: User) -> None:
    bob = make_user()
    with_totp(bob)
    codes = with_totp(alice)
    with_passkey(alice)
    app, key = the("totp", alice).pk, the("webauthn", alice).pk
    assert remove_factor(factor_id=key, code="", keep_session=None, **who(alice)) is True
    assert recovery_codes_left(alice) == 8
    with pytest.raises(BusinessError) as refused:
        remove_factor(factor_id=app, code="000000", keep_session=None, **who(alice))
    assert refused.value.field == "code"
    later = AT + timedelta(minutes=5)
    gone = remove_factor(factor_id=app, code=codes[0], keep_session=None, **who(alice, at=later))
    assert gone is True
    assert not Authenticator.objects.filter(user=alice).exists()
    assert Authenticator.objects.filter(user=bob).count() == 2
    with pytest.raises(BusinessError, match="Set up two-factor authentication first"):
        new_recovery_codes(replaced_id=0, keep_session=None, **who(alice))


def test_codes_are_made_anew_for_one_person(alice: User) -> None:
    """Also for who has none, such as after a restore: ``instead_of`` is 0 then."""
    bob = make_user()
    his = with_totp(bob)
    with_totp(alice)
    with pytest.raises(BusinessError):
        new_recovery_codes(
            replaced_id=the("recovery_codes", bob).pk, keep_session=None, **who(alice)
        )
    gone = the("recovery_codes", alice)
    number = gone.pk
    gone.delete()
    assert consume_code(code="12345 67890", **who(alice)) is None
    with pytest.raises(BusinessError, match="New recovery codes have already been generated"):
        new_recovery_codes(replaced_id=number, keep_session=None, **who(alice))
    codes = new_recovery_codes(replaced_id=0, keep_session=None, **who(alice))
    assert consume_code(code=codes[7], **who(alice)) == "recovery_codes"
    assert consume_code(code=his[0], **who(bob)) == "recovery_codes"


def test_staff_reset_all_factors_of_one_who_lost_them(alice: User) -> None:
    bob = make_user("bob@example.com")
    kept: dict[str, Any] = {"address": None, "user_agent": "", "remember": False, "at": AT}
    for user in (alice, bob):
        with_totp(user)
        begin_session(user=user, session_key=user.email, **kept)
    sam = Context(
        AT + timedelta(hours=1), Actor("staff", 7, "sam@example.com", "203.0.113.9", "request-1")
    )
    with commit_and_deliver():
        remove_all_factors(user=alice, reason="Lost the phone, called back", ctx=sam)
    assert (has_factor(alice), has_factor(bob)) == (False, True)
    assert not Authenticator.objects.filter(user=alice).exists()
    assert set(UserSession.objects.values_list("user", flat=True)) == {bob.pk}
    entry = AuditEntry.objects.get(action="factor.all_removed")
    assert (entry.record_id, entry.actor_kind) == (alice.pk, "staff")
    assert entry.reason == "Lost the phone, called back"
    assert [letter.to for letter in mail.outbox] == [["alice@example.com"]]
    with pytest.raises(BusinessError):
        remove_all_factors(user=alice, reason="again", ctx=sam)
