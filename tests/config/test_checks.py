"""Each dangerous mistake has a check with an id and a hint, and a sound configuration passes all of them."""

import os
import re
import secrets
from collections.abc import Callable
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks.registry import registry
from django.db import connection
from pytest_django import Settings

from commerce.config import checks

SOUND: dict[str, Any] = {
    "COMMERCE_URL": "https://billing.example.com",
    "ALLOWED_HOSTS": ["billing.example.com"],
    "SECRET_KEY": secrets.token_urlsafe(64),
    "COMMERCE_KEY_RING": [Fernet.generate_key().decode()],
    "COMMERCE_TRUSTED_PROXIES": (ip_network("127.0.0.1"), ip_network("fd00::/8")),
    "COMMERCE_COUNTERS": "valkey://127.0.0.1:6379/0",
    "COMMERCE_WORKERS": 4,
    "MAILERS": {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}},
    "DEBUG": False,
}


type Found = Callable[..., list[str]]


@pytest.fixture
def found(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Found:
    """The ids of our own checks on a sound configuration with some changes."""

    def find(ENGINE: str = "django.db.backends.postgresql", **over: Any) -> list[str]:  # noqa: N803
        monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", ENGINE)
        for name, value in (SOUND | over).items():
            setattr(settings, name, value)
        registered = registry.get_checks(include_deployment_checks=True)
        ours = [one for one in registered if one.__module__ == checks.__name__]
        messages = [message for one in ours for message in one(app_configs=None, databases=None)]
        assert all(message.hint for message in messages)
        assert "planted" not in " ".join(map(str, messages))
        return sorted(str(message.id).removeprefix("commerce.") for message in messages)

    return find


def test_a_sound_configuration_passes(found: Found) -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("over", "ids"),
    [
        ({"DEBUG": True}, ["E001", "W015"]),
        ({"DEBUG": True, "COMMERCE_URL": "https://localhost:8443"}, ["W014", "W015"]),
        ({"SECRET_KEY": "short"}, ["E002"]),
        ({"SECRET_KEY": "django-insecure-" + SOUND["SECRET_KEY"]}, ["E002"]),
        ({"SECRET_KEY": "changeme" + SOUND["SECRET_KEY"]}, ["E002"]),
        ({"SECRET_KEY": "ab" * 40}, ["E002"]),
        ({"SECRET_KEY": "abcdefghij" * 5}, []),
        ({"SECRET_KEY": "abcdefghij" * 4 + "abcdefghi"}, ["E002"]),
        ({"SECRET_KEY": "abcdefghi" * 6}, ["E002"]),
        ({"SECRET_KEY": "Secret" + SOUND["SECRET_KEY"]}, ["E002"]),
        ({"SECRET_KEY": "placeholder" + SOUND["SECRET_KEY"]}, ["E002"]),
        ({"SECRET_KEY": "example" + SOUND["SECRET_KEY"]}, ["E002"]),
        ({"SECRET_KEY": "Password" + SOUND["SECRET_KEY"]}, ["E002"]),
        ({"COMMERCE_COUNTERS": "memory"}, ["E003"]),
        ({"COMMERCE_COUNTERS": "memory", "COMMERCE_WORKERS": 2}, ["E003"]),
        ({"COMMERCE_COUNTERS": "memory", "COMMERCE_WORKERS": 1}, []),
        ({"COMMERCE_COUNTERS": "shared:/run/commerce/counters"}, []),
        ({"COMMERCE_COUNTERS": "shared:"}, ["E012"]),
        ({"COMMERCE_COUNTERS": "memcached://x"}, ["E012"]),
        ({"COMMERCE_TASKS": "procrastinate"}, ["E030"] if connection.vendor == "sqlite" else []),
        ({"COMMERCE_TRUSTED_PROXIES": (ip_network("0.0.0.0/0"),)}, ["E004"]),
        ({"COMMERCE_TRUSTED_PROXIES": (ip_network("::/0"),)}, ["E004"]),
        ({"COMMERCE_TRUSTED_PROXIES": (ip_network("128.0.0.0/1"),)}, ["E004"]),
        ({"COMMERCE_TRUSTED_PROXIES": (ip_network("10.0.0.0/8"), ip_network("fc00::/7"))}, []),
        ({"COMMERCE_TRUSTED_PROXIES": (ip_network("10.0.0.0/7"),)}, ["E004"]),
        ({"COMMERCE_TRUSTED_PROXIES": (ip_network("fc00::/6"),)}, ["E004"]),
        ({"COMMERCE_TRUSTED_PROXIES": ()}, []),
        ({"COMMERCE_URL": "http://billing.example.com"}, ["E006"]),
        ({"COMMERCE_URL": "https://billing.example.com/shop"}, ["E006"]),
        ({"COMMERCE_URL": "https://user@billing.example.com"}, ["E006"]),
        ({"COMMERCE_URL": "https://billing.example.com?a=b"}, ["E006"]),
        ({"COMMERCE_URL": "https://billing.example.com#top"}, ["E006"]),
        ({"COMMERCE_URL": "https://"}, ["E006"]),
        ({"COMMERCE_URL": "billing.example.com"}, ["E006"]),
        ({"COMMERCE_URL": "https://127.0.0.1:8443"}, ["W014"]),
        ({"ALLOWED_HOSTS": ["billing.example.com", "*"]}, ["E007"]),
        ({"COMMERCE_DEMO": True}, ["E008", "W016"]),
        ({"COMMERCE_DEMO": True, "COMMERCE_URL": "https://[::1]:8443"}, ["W014", "W016"]),
        ({"ENGINE": "django.db.backends.sqlite3"}, ["W009"]),
        ({"ENGINE": "django.db.backends.sqlite3", "COMMERCE_WORKERS": 2}, ["W009"]),
        ({"ENGINE": "django.db.backends.sqlite3", "COMMERCE_WORKERS": 1}, []),
        ({"COMMERCE_KEY_RING": [*SOUND["COMMERCE_KEY_RING"], "rubbish"]}, ["E010"]),
        ({"COMMERCE_DATA_DIR": Path("/nowhere")}, ["E011"]),
        ({"COMMERCE_TEST_MODE": True}, ["W017"]),
        (
            {"MAILERS": {"default": {"BACKEND": "commerce.mail.file_backend.FileEmailBackend"}}},
            ["W018"],
        ),
    ],
)
def test_each_mistake_is_found(found: Found, over: dict[str, Any], ids: list[str]) -> None:
    assert found(**over) == ids


@pytest.mark.parametrize("name", ["ring.key", "secret.key"])
def test_a_key_that_others_can_read_is_found(found: Found, tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch(mode=0o600)
    assert found(COMMERCE_DATA_DIR=tmp_path) == []
    for mode in (0o640, 0o604, 0o601):
        (tmp_path / name).chmod(mode)
        assert found(COMMERCE_DATA_DIR=tmp_path) == ["W013"]


def test_a_folder_is_asked_whether_it_can_be_entered_and_written(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A user other than root, who may do anything: so what the system is asked is looked at."""
    for lacking in (os.W_OK, os.X_OK):
        monkeypatch.setattr(os, "access", lambda _, mode, lacking=lacking: not mode & lacking)
        assert found(COMMERCE_DATA_DIR=tmp_path) == ["E011"]


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("localhost", True),
        ("shop.localhost", True),
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost.example.com", False),
        ("notlocalhost", False),
        ("10.0.0.1", False),
        ("", False),
        (None, False),
    ],
)
def test_which_hosts_mean_this_machine(host: str | None, *, is_local: bool) -> None:
    assert checks.is_local(host) is is_local


def test_a_false_key_is_named_by_its_place(settings: Settings) -> None:
    settings.COMMERCE_KEY_RING = [*SOUND["COMMERCE_KEY_RING"], "rubbish", "more"]
    [message] = checks.check_key_ring()
    assert message.msg.startswith("Key 2, 3 of the key ring")


def test_behind_a_proxy_one_must_be_trusted(settings: Settings) -> None:
    settings.COMMERCE_TRUSTED_PROXIES = ()
    assert [one.id for one in checks.check_behind_proxy()] == ["commerce.E005"]
    settings.COMMERCE_TRUSTED_PROXIES = (ip_network("127.0.0.1"),)
    assert checks.check_behind_proxy() == []


def test_no_message_shows_a_secret(found: Found) -> None:
    assert found(COMMERCE_KEY_RING=["planted"], SECRET_KEY="planted") == ["E002", "E010"]


def test_each_id_is_used_once() -> None:
    source = Path(checks.__file__).read_text("utf-8")
    ids = re.findall(r"commerce\.[EW]\d{3}", source)
    numbers = [one[-3:] for one in ids]
    assert sorted(numbers) == sorted(set(numbers))
