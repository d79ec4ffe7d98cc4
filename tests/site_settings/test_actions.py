"""What saving a setting does: to a request that remembers settings, to the audit log, and to secrets."""

from collections.abc import Iterator

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from django.conf import LazySettings

from commerce.audit.models import AuditEntry
from commerce.cli.root import commerce
from commerce.kit.context import SYSTEM, Context
from commerce.kit.crypto import DecryptionError, KeyRing
from commerce.kit.errors import BusinessError, StateConflict
from commerce.kit.request_cache import cached_for_request
from commerce.site_settings import current
from commerce.site_settings.actions import (
    reencrypt_settings,
    reset_setting,
    set_setting,
    set_settings,
    settings_version,
)
from commerce.site_settings.definition import SettingDefinition
from commerce.site_settings.definitions import SETTING_DEFINITIONS
from commerce.site_settings.models import SiteSetting
from commerce.site_settings.parsers import parse_line
from tests import make

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
KEY = "gateway.example.token"


@pytest.fixture
def secret() -> Iterator[str]:
    """A key that is a secret."""
    SETTING_DEFINITIONS[KEY] = SettingDefinition(parse_line, "", "token of an example", secret=True)
    yield KEY
    del SETTING_DEFINITIONS[KEY]


def run(*words: str) -> Result:
    return CliRunner().invoke(commerce, list(words))


def entries() -> int:
    return AuditEntry.objects.filter(action="settings.updated").count()


def test_a_request_that_remembers_settings_sees_what_it_saved() -> None:
    with cached_for_request():
        assert current.get_setting("company.name") == "My Hosting Company"
        set_setting(key="company.name", value="Acme", ctx=CTX)
        assert current.get_setting("company.name") == "Acme"


def test_the_entry_tells_what_was_stored_and_not_what_the_request_remembered() -> None:
    with cached_for_request():
        current.get_setting("company.name")
        SiteSetting.objects.create(pk="company.name", value="Another was first")
        set_setting(key="company.name", value="Acme", ctx=CTX)
    entry = AuditEntry.objects.filter(action="settings.updated").latest("pk")
    assert entry.before == {"company.name": "Another was first"}


def test_the_same_value_again_is_no_change() -> None:
    set_setting(key="company.name", value="Acme", ctx=CTX)
    set_setting(key="company.name", value=" Acme ", ctx=CTX)
    set_setting(key="company.city", value="", ctx=CTX)
    assert entries() == 1


def test_a_secret_is_stored_sealed_and_audited_as_changed(secret: str) -> None:
    set_setting(key=secret, value="s3cret-token", ctx=CTX)
    assert current.get_setting(secret) == "s3cret-token"
    stored = SiteSetting.objects.get(pk=secret).value
    entry = AuditEntry.objects.filter(action="settings.updated").latest("pk")
    assert "s3cret" not in f"{stored} {entry.before} {entry.after}"
    assert (entry.before, entry.after) == ({}, {secret: "changed"})
    set_setting(key=secret, value="s3cret-token", ctx=CTX)
    assert entries() == 1


def test_a_blank_keeps_a_secret_and_reset_forgets_it(secret: str) -> None:
    set_setting(key=secret, value="s3cret-token", ctx=CTX)
    set_setting(key=secret, value="  ", ctx=CTX)
    assert current.get_setting(secret) == "s3cret-token"
    reset_setting(key=secret, ctx=CTX)
    assert current.get_setting(secret) == ""
    assert not SiteSetting.objects.filter(pk=secret).exists()


def test_commands_say_only_that_a_secret_is_set(secret: str) -> None:
    assert run("setting", "set", secret, "s3cret-token").exit_code == 0
    for words in (("get", secret), ("list",), ("list", "--changed"), ("set", secret, "")):
        done = run("setting", *words)
        assert "s3cret" not in done.output
        assert "set" in done.output
    assert run("setting", "reset", secret).exit_code == 0
    assert run("setting", "get", secret).stdout == "\n"


def test_renewing_seals_anew_also_what_no_gateway_knows_any_more(
    secret: str, settings: LazySettings
) -> None:
    set_setting(key=secret, value="s3cret-token", ctx=CTX)
    set_setting(key="company.name", value="sealed", ctx=CTX)
    old, new = settings.COMMERCE_KEY_RING, Fernet.generate_key().decode()
    settings.COMMERCE_KEY_RING = [new, *old]
    SiteSetting.objects.filter(pk=secret).update(key="gateway.gone.token")
    assert reencrypt_settings() == 1
    sealed = SiteSetting.objects.get(pk="gateway.gone.token").value["encrypted"]
    assert KeyRing([new]).decrypt(sealed) == "s3cret-token"
    with pytest.raises(DecryptionError):
        KeyRing(old).decrypt(sealed)


def test_an_unknown_key_is_refused() -> None:
    for act in (lambda: set_setting(key="no.such", value="1", ctx=CTX),
                lambda: reset_setting(key="no.such", ctx=CTX)):  # fmt: skip
        with pytest.raises(BusinessError, match=r"Setting no\.such not found"):
            act()


LANGUAGES = ("locale.default", "locale.enabled")


def test_several_settings_are_judged_together_in_whichever_order_they_come() -> None:
    """One after the other, either would be refused: the default must be enabled, and one must be."""
    for default in ("de", "fr"):
        values = {"locale.default": default, "locale.enabled": default}
        assert set_settings(values=values, ctx=CTX) == list(LANGUAGES)
        assert [current.get_setting(key) for key in LANGUAGES] == [default, [default]]
    assert entries() == 4


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"company.name": "Acme", "billing.run_time": "25:00"}, "billing.run_time"),
        ({"company.name": "Acme", "locale.default": "de"}, "locale.default"),
    ],
)
def test_of_several_settings_none_is_stored_when_one_is_refused(
    values: dict[str, str], field: str
) -> None:
    with cached_for_request(), pytest.raises(BusinessError) as refused:
        set_settings(values=values, ctx=CTX)
    assert refused.value.field == field
    assert (current.get_setting("company.name"), entries()) == ("My Hosting Company", 0)


def test_several_settings_that_somebody_else_changed_meanwhile_stay_as_they_are(
    secret: str,
) -> None:
    values = {"company.name": "Acme", "company.city": "", secret: ""}
    seen = settings_version(values)
    set_setting(key="mail.per_minute", value="5", ctx=CTX)
    set_setting(key="company.city", value="Bonn", ctx=CTX)
    with pytest.raises(StateConflict, match="Someone else changed"):
        set_settings(values=values, ctx=CTX, version=seen)
    assert current.get_setting("company.name") == "My Hosting Company"
    set_setting(key=secret, value="a token", ctx=CTX)
    changed = set_settings(values=values, ctx=CTX, version=settings_version(values))
    assert changed == ["company.name", "company.city"]
    assert current.get_setting(secret) == "a token"
