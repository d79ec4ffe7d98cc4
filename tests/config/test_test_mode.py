"""Test mode starts with nothing that would really charge, register or set up (importing.md 7, billing.md 10)."""

from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.management import CommandError, call_command

from commerce.cli.databases.migrations import require_ready_database
from commerce.cli.root import commerce
from commerce.hosting.models import Server
from commerce.kit.errors import BusinessError
from commerce.runs.models import DailyRun
from commerce.site_settings.encryption import encrypt_setting
from commerce.site_settings.models import SiteSetting
from tests.make import records

pytestmark = pytest.mark.django_db


def store(key: str, value: str) -> None:
    """As it was stored by an earlier day, without its provider asked."""
    SiteSetting.objects.create(pk=key, value=encrypt_setting(value))


def store_live_registrar() -> None:
    store("registrar.opensrs.private_key", "0" * 112)
    SiteSetting.objects.create(pk="registrar.opensrs.sandbox", value=False)


def add_panel() -> None:
    server = records.make_server(name="web1")
    Server.objects.filter(pk=server.pk).update(module="cpanel")


LIVE: dict[str, Callable[[], object]] = {
    "payment gateway stripe": lambda: store("gateway.stripe.secret_key", "sk_live_1"),
    "payment gateway mollie": lambda: store("gateway.mollie.api_key", "live_1"),
    "payment gateway paypal": lambda: store("gateway.paypal.client_secret", "secret"),
    "registrar opensrs": store_live_registrar,
    "server web1": add_panel,
    "DNS server powerdns": lambda: store("dns.powerdns.api_key", "secret"),
}


def daily() -> Any:
    return CliRunner().invoke(commerce, ["daily", "--step", "overdue"])


@pytest.mark.parametrize("what", LIVE)
def test_test_mode_stops_at_what_is_live(what: str, settings: Any) -> None:
    """Nothing of it is switched on, and it stops `check`, `serve` and `worker`, and `daily` before its first step."""
    LIVE[what]()
    call_command("check", databases=["default"])
    settings.COMMERCE_TEST_MODE = True
    with pytest.raises(CommandError, match=rf"commerce.E032.* live keys are stored \({what}\)"):
        call_command("check", databases=["default"])
    with pytest.raises(BusinessError, match=what):
        require_ready_database()
    refused = daily()
    assert refused.exit_code == 1
    assert what in refused.output
    assert not DailyRun.objects.exists()


def test_test_mode_starts_with_what_is_played(settings: Any) -> None:
    settings.COMMERCE_TEST_MODE = True
    store("gateway.stripe.secret_key", "sk_test_1")
    store("gateway.mollie.api_key", "test_1")
    store("gateway.paypal.client_secret", "secret")
    SiteSetting.objects.create(pk="gateway.paypal.sandbox", value=True)
    store("registrar.opensrs.private_key", "0" * 112)
    records.make_server()
    call_command("check", databases=["default"])
    require_ready_database()
    assert daily().exit_code == 0
