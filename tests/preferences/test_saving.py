"""What saving a setting does: to a request that remembers settings, to the audit log, and to secrets."""

from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet
from django.conf import LazySettings

from commerce.audit.models import Entry
from commerce.cli.root import commerce
from commerce.kit.actor import SYSTEM
from commerce.kit.crypto import Ring, Unreadable
from commerce.kit.errors import Refused
from commerce.preferences import current
from commerce.preferences.actions import (
    renew_sealed_settings,
    reset_preference,
    set_preference,
)
from commerce.preferences.keys import KEYS, Key
from commerce.preferences.models import Setting
from commerce.preferences.readers import line
from tests import make

pytestmark = pytest.mark.django_db
SAY: dict[str, Any] = {"at": make.AT, "actor": SYSTEM}
KEY = "gateway.example.token"


@pytest.fixture
def secret() -> Iterator[str]:
    """A key that is a secret."""
    KEYS[KEY] = Key(line, "", "token of an example", secret=True)
    yield KEY
    del KEYS[KEY]


def run(*words: str) -> Result:
    return CliRunner().invoke(commerce, list(words))


def entries() -> int:
    return Entry.objects.filter(action="settings.updated").count()


def test_a_request_that_remembers_settings_sees_what_it_saved() -> None:
    with current.remembered():
        assert current.get("company.name") == "My Hosting Company"
        set_preference(key="company.name", value="Acme", **SAY)
        assert current.get("company.name") == "Acme"


def test_the_entry_tells_what_was_stored_and_not_what_the_request_remembered() -> None:
    with current.remembered():
        current.get("company.name")
        Setting.objects.create(pk="company.name", value="Another was first")
        set_preference(key="company.name", value="Acme", **SAY)
    entry = Entry.objects.filter(action="settings.updated").latest("pk")
    assert entry.before == {"company.name": "Another was first"}


def test_the_same_value_again_is_no_change() -> None:
    set_preference(key="company.name", value="Acme", **SAY)
    set_preference(key="company.name", value=" Acme ", **SAY)
    set_preference(key="company.city", value="", **SAY)
    assert entries() == 1


def test_a_secret_is_stored_sealed_and_audited_as_changed(secret: str) -> None:
    set_preference(key=secret, value="s3cret-token", **SAY)
    assert current.get(secret) == "s3cret-token"
    stored = Setting.objects.get(pk=secret).value
    entry = Entry.objects.filter(action="settings.updated").latest("pk")
    assert "s3cret" not in f"{stored} {entry.before} {entry.after}"
    assert (entry.before, entry.after) == ({}, {secret: "changed"})
    set_preference(key=secret, value="s3cret-token", **SAY)
    assert entries() == 1


def test_a_blank_keeps_a_secret_and_reset_forgets_it(secret: str) -> None:
    set_preference(key=secret, value="s3cret-token", **SAY)
    set_preference(key=secret, value="  ", **SAY)
    assert current.get(secret) == "s3cret-token"
    reset_preference(key=secret, **SAY)
    assert current.get(secret) == ""
    assert not Setting.objects.filter(pk=secret).exists()


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
    set_preference(key=secret, value="s3cret-token", **SAY)
    set_preference(key="company.name", value="sealed", **SAY)
    old, new = settings.COMMERCE_KEY_RING, Fernet.generate_key().decode()
    settings.COMMERCE_KEY_RING = [new, *old]
    Setting.objects.filter(pk=secret).update(key="gateway.gone.token")
    assert renew_sealed_settings() == 1
    sealed = Setting.objects.get(pk="gateway.gone.token").value["sealed"]
    assert Ring([new]).decrypt(sealed) == "s3cret-token"
    with pytest.raises(Unreadable):
        Ring(old).decrypt(sealed)


def test_an_unknown_key_is_refused() -> None:
    for act in (lambda: set_preference(key="no.such", value="1", **SAY),
                lambda: reset_preference(key="no.such", **SAY)):  # fmt: skip
        with pytest.raises(Refused, match=r"no setting no\.such"):
            act()
