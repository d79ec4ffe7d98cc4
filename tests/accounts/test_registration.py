"""Registration as an action, and accounts that staff open (accounts.md 4)."""

from typing import Any

import pytest

from commerce.accounts.actions.registration import open_client_account, register_user
from commerce.accounts.models import Membership, User
from commerce.audit.models import AuditEntry
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.site_settings.actions import set_setting
from tests.make.mails import commit_and_deliver, mails_to
from tests.make.people import AT, make_custom_field, make_user

pytestmark = pytest.mark.django_db


def registers(**over: Any) -> User | None:
    values = {
        "email": " new@example.org ",
        "password": "a sentence of mine",
        "first_name": "Nora",
        "last_name": "New",
        "company": "Acme",
        "country": "DE",
        "currency_code": "EUR",
        "terms_version": "",
        "locale": "en",
    }
    with commit_and_deliver():
        return register_user(ctx=Context(AT, SYSTEM), **(values | over))


def test_terms_are_kept_with_the_time_at_which_they_were_accepted() -> None:
    without, with_terms = registers(), registers(email="b@example.org", terms_version="t" * 101)
    assert without is not None
    assert with_terms is not None
    assert (without.email, without.terms_version, without.terms_accepted_at) == (
        *("new@example.org", "", None),
    )
    assert (with_terms.terms_version, with_terms.terms_accepted_at) == ("t" * 100, AT)


@pytest.mark.parametrize("must_prove", ["on", "off"])
def test_what_somebody_who_registers_is_sent(must_prove: str) -> None:
    set_setting(
        key="security.require_email_verification", value=must_prove, ctx=Context(AT, SYSTEM)
    )
    user = registers()
    assert user is not None
    client = Membership.objects.get(user=user, role="owner").client
    assert (client.company, client.email, client.country) == ("Acme", "new@example.org", "DE")
    entry = AuditEntry.objects.get(action="client.created")
    assert (entry.actor_kind, entry.actor_id, entry.actor_name) == ("member", user.pk, user.email)
    [sent] = mails_to("new@example.org")
    assert ("/client/verify/" in sent.body) is (must_prove == "on")
    if must_prove == "on":
        assert registers(email="NEW@example.org") is None
    else:
        with pytest.raises(BusinessError) as refused:
            registers(email="NEW@example.org")
        assert refused.value.field == "email"
    assert (User.objects.count(), len(mails_to("new@example.org"))) == (1, 1)


def test_what_is_asked_at_registration_is_kept_and_nothing_else() -> None:
    asked = make_custom_field(required=True, show_on_registration=True)
    other = make_custom_field()
    for custom in (None, {}, {asked.pk: " "}, {other.pk: "x"}):
        with pytest.raises(BusinessError) as refused:
            registers(custom=custom)
        assert refused.value.field == f"custom-{asked.pk}"
    assert not User.objects.exists()
    registers(custom={asked.pk: "yes", other.pk: "x"})
    assert list(asked.values.values_list("value", flat=True)) == ["yes"]
    assert not other.values.exists()


def test_a_bad_password_registers_nobody() -> None:
    for password in ("short", "new@example.org"):
        with pytest.raises(BusinessError) as refused:
            registers(password=password)
        assert refused.value.field == "password"
    assert not User.objects.exists()


def test_staff_open_an_account_for_a_new_user_or_a_known_one() -> None:
    make_user("somebody@example.org")
    values: dict[str, Any] = {
        "first_name": "Nora",
        "last_name": "New",
        "email": "bills@example.org",
        "country": "DE",
        "currency_code": "EUR",
        "ctx": Context(AT, SYSTEM),
    }
    with commit_and_deliver():
        first, is_new = open_client_account(owner_email="new@example.org", company="Acme", **values)
    owner = User.objects.get(email="new@example.org")
    assert is_new is True
    assert (owner.email_verified_at, owner.has_usable_password()) == (AT, False)
    assert (owner.first_name, first.company, first.email) == ("Nora", "Acme", "bills@example.org")
    with commit_and_deliver():
        second, is_new = open_client_account(owner_email="NEW@example.org", **values)
    assert is_new is False
    owned = Membership.objects.filter(user=owner, role="owner").order_by("pk")
    assert [one.client for one in owned] == [first, second]
    assert len(mails_to("new@example.org", "Welcome")) == 2
