"""`commerce check --deploy` finds what a first production misses, and passes a sound installation."""

import os
import re
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.checks.registry import registry
from pytest_django import Settings

from commerce.config import deploy_checks
from commerce.jobs.models import ScheduleState
from commerce.kit import clock, files
from commerce.kit.context import SYSTEM, Context
from commerce.kit.counter_store import forget_counter_stores
from commerce.runs.backups import record_backup
from commerce.runs.models import BackupState
from commerce.site_settings.actions import set_setting
from commerce.site_settings.encryption import encrypt_setting as seal
from commerce.site_settings.models import SiteSetting
from tests.doubles.mail_server import mail_server_on
from tests.doubles.stripe import stripe_on, stripe_world
from tests.house.source import ROOT

pytestmark = pytest.mark.django_db


def found(*, databases: list[str] | None = None) -> list[str]:
    """The ids of what is to be mended."""
    ours = [
        one
        for one in registry.get_checks(include_deployment_checks=True)
        if one.__module__ == deploy_checks.__name__
    ]
    named = ["default"] if databases is None else databases
    messages = [message for one in ours for message in one(app_configs=None, databases=named)]
    assert all(message.hint for message in messages)
    return sorted(str(message.id).removeprefix("commerce.") for message in messages)


@pytest.fixture(scope="module")
def mail_port() -> Iterator[int]:
    """A mail server that says hello and goodbye."""
    with mail_server_on() as port:
        yield port


def mailer(port: int) -> dict[str, Any]:
    backend = "django.core.mail.backends.smtp.EmailBackend"
    options = {"host": "127.0.0.1", "port": port}
    return {"default": {"BACKEND": backend, "OPTIONS": options}}


@pytest.fixture(autouse=True)
def _sound(settings: Settings, tmp_path: Path, mail_port: int) -> None:
    """An installation with a folder, a company, a mail server that answers, a worker, and a backup."""
    settings.COMMERCE_DATA_DIR = tmp_path
    settings.MAILERS = mailer(mail_port)
    tmp_path.chmod(0o700)
    if os.geteuid() == 0:
        os.chown(tmp_path, 65534, 65534)
    for key, value in (("company.name", "Acme"), ("company.email", "help@acme.example")):
        set_setting(key=key, value=value, ctx=Context(clock.now(), SYSTEM))
    ScheduleState.objects.create(name="lost-jobs", next_at=clock.now(), ran_at=clock.now())
    record_backup(at=clock.now(), size=1)


def test_a_sound_installation_passes() -> None:
    assert found() == []


def test_nothing_is_looked_at_when_no_database_is_named(settings: Settings) -> None:
    settings.COMMERCE_DATA_DIR = Path("/nowhere")
    assert found(databases=[]) == []


def test_a_company_and_a_sender_that_are_still_the_defaults_are_found() -> None:
    SiteSetting.objects.all().delete()
    assert found() == ["W020", "W021"]


def test_a_mail_server_that_does_not_answer_is_found(settings: Settings) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings.MAILERS = mailer(port)
    assert found() == ["W022"]


def test_counters_that_do_not_answer_are_found(settings: Settings) -> None:
    settings.COMMERCE_COUNTERS = "valkey://127.0.0.1:1/0"
    assert found() == ["W023"]
    forget_counter_stores()


def test_a_secret_that_no_key_opens_is_found(settings: Settings) -> None:
    SiteSetting.objects.create(pk="gateway.stripe.key", value=seal("hunter2"))
    assert found() == []
    kept = settings.COMMERCE_KEY_RING
    settings.COMMERCE_KEY_RING = [Fernet.generate_key().decode()]
    assert found() == ["E024"]
    settings.COMMERCE_KEY_RING = [*settings.COMMERCE_KEY_RING, *kept]
    assert found() == []


def test_what_others_can_open_is_found(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir(mode=0o700)
    if os.geteuid() == 0:
        os.chown(tmp_path / "log", 65534, 65534)
    assert found() == []
    (tmp_path / "log").chmod(0o750)
    assert found() == ["W025"]
    (tmp_path / "log").chmod(0o700)
    tmp_path.chmod(0o711)
    assert found() == ["W025"]


def test_a_gateway_that_moves_no_money_is_found() -> None:
    with stripe_world() as world:
        with stripe_on(world):
            assert found() == ["W031"]
            set_setting(key="gateway.stripe.enabled", value="off", ctx=Context(clock.now(), SYSTEM))
        assert found() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_and_an_installation_of_root_are_found(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir(mode=0o700)
    assert found() == ["W026"]
    os.chown(tmp_path, 0, 0)
    assert found() == ["W027"]


def test_a_worker_that_is_gone_is_found_and_one_that_never_was_is_told() -> None:
    ScheduleState.objects.update(ran_at=clock.now() - timedelta(minutes=6))
    assert found() == ["W029"]
    ScheduleState.objects.all().delete()
    assert found() == ["I028"]


def test_each_kind_of_secret_at_rest_is_looked_at() -> None:
    """Whoever encrypts something new adds it to ``config.encrypted_data``: a lost key would not be noticed
    otherwise.
    """
    encrypting = {
        str(path.relative_to(ROOT / "src" / "commerce"))
        for path in (ROOT / "src" / "commerce").rglob("*.py")
        if re.search(r"ring\(\)\.encrypt\(", path.read_text("utf-8"))
    }
    assert encrypting == {
        "accounts/actions/mfa.py",
        "accounts/mfa.py",
        "hosting/actions/passwords.py",
        "hosting/actions/server_settings.py",
        "mail/actions/announcing.py",
        "orders/quote.py",
        "portal/base/security/forms.py",  # goes to the browser and comes back within minutes
        "site_settings/encryption.py",
        "webhook_endpoints/actions/endpoints.py",
    }


def test_each_id_is_used_once() -> None:
    ids = [
        number[-3:]
        for name in ("checks.py", "deploy_checks.py")
        for number in re.findall(
            r'id="commerce\.([EWI]\d{3})"', (ROOT / "src/commerce/config" / name).read_text("utf-8")
        )
    ]
    assert len(ids) == len(set(ids))


def test_an_installation_without_a_fresh_backup_is_found() -> None:
    record_backup(at=clock.now() - timedelta(hours=27), size=1)
    assert found() == ["W034"]
    BackupState.objects.all().delete()
    assert found() == ["I033"]


def test_a_clock_that_is_off_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deploy_checks, "database_clock_offset", lambda: -31.0)
    assert found() == ["W036"]


def test_a_disk_that_is_nearly_full_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = SimpleNamespace(total=1_000_000_000, free=49_000_000)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda _folder: disk)
    assert found() == ["W037"]
