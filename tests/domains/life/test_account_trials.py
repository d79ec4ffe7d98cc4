"""Other settings of a registrar are tried with names that we have there, before they are kept (domains.md 6)."""

from dataclasses import replace
from typing import Any

import pytest

from commerce.domains.models import Domain
from commerce.domains.registrars.account_trial import TRIED_NAMES
from commerce.domains.registrars.contract import DomainInfo, RegistrarState
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import NeedsConfirmation
from commerce.site_settings.actions import reset_setting, set_setting, set_settings
from commerce.site_settings.current import get_setting
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.registered_names import make_domain_at

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)
PREFIX = "registrar.remote"


def names_at(remote: RemoteRegistry, number: int) -> None:
    client = make.make_client()
    for n in range(number):
        make_domain_at(remote, client, domain_name=f"name-{n}.com")


def save(*, sure: bool = False, **values: str) -> None:
    typed = {f"{PREFIX}.{name}": text for name, text in values.items()}
    set_settings(values=typed, ctx=CTX, is_confirmed=sure)


def test_another_account_is_not_kept_without_being_sure(remote: RemoteRegistry) -> None:
    names_at(remote, 30)
    with pytest.raises(NeedsConfirmation) as refused:
        save(account="other")
    assert "has 0 of 10 domains" in str(refused.value)
    assert (get_setting(f"{PREFIX}.account"), len(remote.asked)) == ("", TRIED_NAMES)
    with pytest.raises(NeedsConfirmation):
        set_setting(key=f"{PREFIX}.account", value="other", ctx=CTX)
    with pytest.raises(NeedsConfirmation):
        set_setting(key=f"{PREFIX}.sandbox", value="on", ctx=CTX)
    save(account="other", sure=True)
    assert get_setting(f"{PREFIX}.account") == "other"
    reset_setting(key=f"{PREFIX}.account", ctx=CTX)  # back to the one that has them


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "wrong"}, "doesn't accept these credentials"),
        ({"is_down": True}, "couldn't be asked"),
    ],
)
def test_an_account_that_does_not_say_is_not_kept_either(
    remote: RemoteRegistry, changes: dict[str, Any], said: str
) -> None:
    names_at(remote, 2)
    remote.is_down = "is_down" in changes
    with pytest.raises(NeedsConfirmation, match=said):
        save(key="wrong")
    assert get_setting(f"{PREFIX}.key") == ""
    save(key="wrong", sure=True)
    assert get_setting(f"{PREFIX}.key") == "wrong"


def test_a_new_key_of_the_same_account_is_kept_at_once(remote: RemoteRegistry) -> None:
    names_at(remote, 10)
    del remote.names["name-3.com"]  # one may have left
    remote.names["name-4.com"] = DomainInfo(state=RegistrarState.GONE)
    remote.key = "new"
    save(key="new")
    assert get_setting(f"{PREFIX}.key") == "new"


def test_the_same_key_typed_again_for_the_sandbox_is_tried_there(
    remote: RemoteRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no change of the key, which was taken for a key that is still to come."""
    adapter = REGISTRAR_CLASSES["remote"]
    fields = tuple(replace(one, required=one.secret) for one in adapter.fields)
    monkeypatch.setattr(adapter, "fields", fields)
    names_at(remote, 5)
    remote.key = "good"
    save(key="good")
    with pytest.raises(NeedsConfirmation, match="has 0 of 5 domains"):
        save(sandbox="on", key="good")
    assert get_setting(f"{PREFIX}.sandbox") is False


def test_without_names_there_nothing_is_asked(remote: RemoteRegistry) -> None:
    save(account="other")
    names_at(remote, 1)
    Domain.objects.update(status="cancelled", next_due_date=None)
    save(account="another")
    assert remote.asked == []


def test_what_is_not_complete_is_tried_once_it_is(remote: RemoteRegistry) -> None:
    """Another environment forgets the key: without one nobody can be asked."""
    client = make.make_client()
    for n in range(3):
        domain = make_domain_at(remote, client, domain_name=f"name-{n}.com")
        Domain.objects.filter(pk=domain.pk).update(registrar="epp")
    set_setting(key="registrar.epp.host", value="127.0.0.1", ctx=CTX)
    assert get_setting("registrar.epp.host") == "127.0.0.1"


def test_what_says_nothing_of_the_account_is_not_tried(remote: RemoteRegistry) -> None:
    names_at(remote, 2)
    Domain.objects.update(registrar="epp")
    values = {"host": "127.0.0.1", "client_id": "reg-1", "password": "EPP-PASS", "port": "9"}
    typed = {f"registrar.epp.{name}": value for name, value in values.items()}
    set_settings(values=typed, ctx=CTX, is_confirmed=True)
    set_setting(key="registrar.epp.tlds", value="fr, re", ctx=CTX)
    with pytest.raises(NeedsConfirmation, match="couldn't be asked"):
        set_setting(key="registrar.epp.client_id", value="reg-2", ctx=CTX)
