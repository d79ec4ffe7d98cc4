"""A registrar that runs out of money is told of each day (domains.md 6)."""

from datetime import timedelta

import pytest

from commerce.domains.balances import send_low_balance_emails
from commerce.domains.registrars.contract import Cost
from commerce.kit.context import SYSTEM, Context
from commerce.mail.models import OutgoingMail
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.doubles.registrar import RemoteRegistry
from tests.make.registered_names import make_domain_at

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def looked(days: int = 0) -> str:
    report, at = StepReport("registrar-balances", "asks"), make.AT + timedelta(days=days)
    send_low_balance_emails(RunDay(at.date(), at), report)
    return report.outcome


def told() -> int:
    return OutgoingMail.objects.filter(event="registrar_balance_low").count()


def test_each_day_below_the_limit_staff_are_told_once(remote: RemoteRegistry) -> None:
    set_setting(key="company.email", value="staff@example.com", ctx=CTX)
    set_setting(key="domains.low_balance", value="EUR 50.00", ctx=CTX)
    make_domain_at(remote)
    remote.balance = Cost(5000, "EUR")
    assert (looked(), told()) == ("none is low", 0)
    remote.balance = Cost(4999, "EUR")
    for days, mails in ((0, 1), (0, 1), (1, 2)):
        assert (looked(days), told()) == ("1 low", mails)
    for other in (Cost(1, "USD"), None):  # without a limit in its currency, or without an answer
        remote.balance = other
        assert (looked(2), told()) == ("none is low", 2)
    remote.is_down = True
    assert (looked(3), told()) == ("none is low", 2)


def test_without_a_limit_or_a_name_there_nobody_is_asked(remote: RemoteRegistry) -> None:
    remote.balance = Cost(1, "EUR")
    set_setting(key="domains.low_balance", value="EUR 50.00", ctx=CTX)
    assert looked() == "none is low"
    make_domain_at(remote)
    set_setting(key="domains.low_balance", value="", ctx=CTX)
    assert (looked(), told()) == ("none is low", 0)
