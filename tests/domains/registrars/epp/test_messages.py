"""The queue of a registry: read to its end, kept before it is acknowledged, told, and asked about (RFC 5730)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from commerce.domains.actions.registry_messages import read_messages, read_messages_daily
from commerce.domains.models import Domain, RegistryMessage
from commerce.domains.registrars.contract import RegistrarMessage
from commerce.domains.registrars.registry import REGISTRAR_CLASSES
from commerce.domains.rules import MessageKind
from commerce.jobs.models import Job
from commerce.kit import clock
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.models import OutgoingMail
from commerce.runs.report import StepReport
from commerce.runs.step import RunDay
from commerce.site_settings.actions import set_setting
from tests import make
from tests.domains.registrars.epp_side import EppSide, epp_side
from tests.doubles.epp.account import OURS, THEIRS, settings_for
from tests.doubles.epp.domain_answers import transfer_data
from tests.doubles.epp.registry import EppTransfer
from tests.doubles.epp.server import EppFault

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


@pytest.fixture
def side(monkeypatch: pytest.MonkeyPatch) -> Iterator[EppSide]:
    """A registry that is configured, with a name of a client."""
    with epp_side() as found, clock.freeze_time(make.AT):
        monkeypatch.setitem(REGISTRAR_CLASSES, "epp", type(found.registrar()))
        settings = settings_for(found.server)
        secrets = {name: settings.pop(name) for name in ("password", "key")}  # the host is first
        for field, value in (settings | secrets).items():
            if value:
                set_setting(key=f"registrar.epp.{field}", value=value, ctx=CTX)
        domain = make.make_domain(domain_name="acme.com")
        Domain.objects.filter(pk=domain.pk).update(registrar="epp")
        yield found


def leave(side: EppSide, *texts: str) -> None:
    for text in texts:
        side.server.registry.tell(OURS, text)


def leave_transfer(side: EppSide, by: str) -> None:
    registry = side.server.registry
    domain = registry.add_domain("acme.com", OURS)
    later = registry.now() + timedelta(days=5)
    domain.transfer = EppTransfer("pending", by, registry.now(), OURS, later)
    registry.tell(OURS, "Transfer requested.", transfer_data(domain))


def kinds() -> list[str]:
    return list(RegistryMessage.objects.order_by("pk").values_list("kind", flat=True))


def test_what_concerns_money_or_a_name_that_leaves_is_kept_told_and_asked_about(
    side: EppSide,
) -> None:
    leave_transfer(side, THEIRS)
    leave(side, "Your balance is below the threshold", "acme2.com was deleted", "Maintenance")
    assert read_messages(registrar="epp", ctx=CTX) == 4
    assert kinds() == ["transfer_away", "low_balance", "deletion", "other"]
    first = RegistryMessage.objects.order_by("pk")[0]
    assert (first.about, first.text) == ("acme.com", "Transfer requested.")
    assert first.queued_at
    assert Job.objects.filter(action="domain.sync").count() == 1
    (mail,) = OutgoingMail.objects.filter(event="registry_messages")
    assert mail.values["count"] == 3
    assert side.server.registry.queues[OURS] == []
    assert read_messages(registrar="epp", ctx=CTX) == 0


def test_a_transfer_to_us_leaves_nobody(side: EppSide) -> None:
    leave_transfer(side, OURS)
    read_messages(registrar="epp", ctx=CTX)
    assert kinds() == ["other"]
    assert not OutgoingMail.objects.filter(event="registry_messages").exists()


def test_a_long_queue_is_read_to_its_end(side: EppSide) -> None:
    leave(side, *(f"Notice {number}" for number in range(120)))
    day = RunDay(make.AT.date(), make.AT, SYSTEM)
    report = StepReport("registry-messages", "")
    read_messages_daily(day, report)
    assert (report.rows, RegistryMessage.objects.count()) == (120, 120)
    late = RunDay(make.AT.date(), make.AT + timedelta(days=366), SYSTEM)
    read_messages_daily(late, StepReport("registry-messages", ""))
    assert not RegistryMessage.objects.exists()


def test_one_that_could_not_be_kept_stays_in_the_queue(side: EppSide) -> None:
    leave(side, "One", "Two")

    def full(message: RegistrarMessage) -> None:
        if message.text == "Two":
            raise OSError("the disk is full")

    assert side.registrar().read_messages(full).problem == "retry"
    assert [one.text for one in side.server.registry.queues[OURS]] == ["Two"]


def test_one_whose_acknowledgement_was_lost_is_kept_once(side: EppSide) -> None:
    leave(side, "acme.com is pendingDelete")
    side.server.faults += [EppFault("poll", "none"), EppFault("poll", "silent")]
    with pytest.raises(BusinessError, match="couldn't all be read"):
        read_messages(registrar="epp", ctx=CTX)
    assert read_messages(registrar="epp", ctx=CTX) == 1
    assert kinds() == [MessageKind.DELETION]
    assert OutgoingMail.objects.filter(event="registry_messages").count() == 1
