"""Second factors as actions: steps, codes, keys, races (accounts.md 6)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.db import connection
from pytest_django.fixtures import Settings

from commerce.accounts.actions import (
    add_passkey,
    add_totp,
    check_code,
    new_recovery_codes,
    remove_factor,
    rename_passkey,
    renew_secrets,
)
from commerce.accounts.factors import has_factor, recovery_codes_left
from commerce.accounts.models import TotpStep, User
from commerce.kit.crypto import Unreadable
from commerce.kit.errors import Moved, Refused
from commerce.preferences.secrets import ring
from tests.make.codes import totp
from tests.make.people import AT, as_member, make_user

pytestmark = pytest.mark.django_db

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
RFC_6238 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
"""The secret of the test vectors of RFC 6238, appendix B: ``12345678901234567890``."""


@pytest.fixture
def alice() -> User:
    return make_user("alice@example.com")


def who(user: User, **over: Any) -> dict[str, Any]:
    return {"user": user, "at": AT, "actor": as_member(user)} | over


def with_totp(user: User) -> list[str]:
    return add_totp(secret=SECRET, code=totp(SECRET, AT), keep=None, **who(user))


def test_the_tests_own_reckoning_is_that_of_the_rfc() -> None:
    vectors = {59: "287082", 1111111109: "081804", 1111111111: "050471", 20000000000: "353130"}
    epoch = AT.replace(year=1970, month=1, day=1, hour=0, minute=0, second=0)
    found = {t: totp(RFC_6238, epoch + timedelta(seconds=t)) for t in vectors}
    assert found == vectors


def test_a_code_counts_once_and_none_before_it(alice: User) -> None:
    with_totp(alice)
    assert check_code(code=totp(SECRET, AT), **who(alice)) is None  # it set the factor up
    ahead = totp(SECRET, AT, steps=1)
    assert check_code(code=ahead, **who(alice)) == "totp"
    assert check_code(code=ahead, **who(alice)) is None
    assert TotpStep.objects.get().step == int(AT.timestamp()) // 30 + 1
    assert Authenticator.objects.get(type="totp").last_used_at == AT


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time")
@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_use_a_code_once(alice: User) -> None:
    codes = with_totp(alice)
    later = AT + timedelta(minutes=5)

    def use(code: str) -> str | None:
        try:
            return check_code(code=code, **who(alice, at=later))
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
    assert add_passkey(name="Laptop", credential={}, keep=None, **who(alice)) == []
    assert recovery_codes_left(alice) == 8
    assert check_code(code=codes[7], **who(alice)) == "recovery_codes"
    assert recovery_codes_left(alice) == 7
    assert recovery_codes_left(make_user()) is None


def test_a_second_app_is_refused(alice: User) -> None:
    with_totp(alice)
    with pytest.raises(Moved):
        with_totp(alice)


def test_new_codes_need_a_factor_and_count_once(alice: User) -> None:
    with pytest.raises(Refused):
        new_recovery_codes(instead_of=0, keep=None, **who(alice))
    old = with_totp(alice)
    kept = Authenticator.objects.get(type="recovery_codes").pk
    new = new_recovery_codes(instead_of=kept, keep=None, **who(alice))
    with pytest.raises(Refused):
        new_recovery_codes(instead_of=kept, keep=None, **who(alice))
    with pytest.raises(Refused):
        new_recovery_codes(instead_of=0, keep=None, **who(alice))
    assert check_code(code=old[0], **who(alice)) is None
    assert check_code(code=new[0], **who(alice)) == "recovery_codes"


def test_one_of_several_factors_goes_without_a_code(alice: User) -> None:
    with_totp(alice)
    add_passkey(name="Laptop", credential={}, keep=None, **who(alice))
    app, key = (Authenticator.objects.get(type=kind).pk for kind in ("totp", "webauthn"))
    assert remove_factor(factor_id=app, code="", keep=None, **who(alice))
    assert has_factor(alice)
    assert not TotpStep.objects.exists()
    with pytest.raises(Refused):
        remove_factor(factor_id=key, code="", keep=None, **who(alice))
    assert has_factor(alice)


def test_a_factor_of_another_is_none(alice: User) -> None:
    with_totp(alice)
    app = Authenticator.objects.get(type="totp").pk
    charlie = make_user()
    assert not remove_factor(factor_id=app, code="", keep=None, **who(charlie))
    assert not rename_passkey(factor_id=app, name="x", **who(charlie))
    assert not rename_passkey(factor_id=app, name="x", **who(alice))  # an app has no name


def test_the_key_can_be_changed_and_the_old_one_goes(alice: User, settings: Settings) -> None:
    """X1 of the invariants."""
    codes = with_totp(alice)
    old, new = settings.COMMERCE_KEY_RING, Fernet.generate_key().decode()
    settings.COMMERCE_KEY_RING = [new, *old]
    later = AT + timedelta(minutes=5)
    assert check_code(code=totp(SECRET, later), **who(alice, at=later)) == "totp"
    assert renew_secrets() == 2
    settings.COMMERCE_KEY_RING = [new]
    later += timedelta(minutes=5)
    assert check_code(code=totp(SECRET, later), **who(alice, at=later)) == "totp"
    assert check_code(code=codes[0], **who(alice, at=later)) == "recovery_codes"
    settings.COMMERCE_KEY_RING = old
    with pytest.raises(Unreadable):
        ring().decrypt(Authenticator.objects.get(type="totp").data["secret"])
