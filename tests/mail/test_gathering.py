"""Several services that one cause switches off or on are one mail (notifications.md 1)."""

from datetime import timedelta

import pytest
from django.core.mail import EmailMultiAlternatives

from commerce.accounts.models import Client
from commerce.hosting.actions.states import resume_service, suspend_service
from commerce.hosting.models import Service
from commerce.jobs.models import Job
from commerce.jobs.runner import run_job
from commerce.kit.context import SYSTEM, Context
from commerce.mail import delivery
from commerce.mail.models import OutgoingMail
from tests.make import make_client, make_service, make_user
from tests.make.mails import deliver_all, mails_to
from tests.make.people import AT

pytestmark = pytest.mark.django_db
ALICE = "alice@example.com"
LATER = AT + timedelta(minutes=2)


@pytest.fixture
def client() -> Client:
    return make_client(owner=make_user(ALICE))


def react() -> None:
    """What follows from events, but no mail leaves."""
    for job in Job.objects.due(AT).exclude(action="mail.send"):
        run_job(job, at=AT)


def suspend(service: Service, reason: str = "overdue") -> None:
    suspend_service(service=service, suspension_reason=reason, ctx=Context(AT, SYSTEM))
    react()


def resume(service: Service) -> None:
    service.refresh_from_db()
    resume_service(service=service, ctx=Context(AT, SYSTEM))
    react()


def sent() -> list[EmailMultiAlternatives]:
    """What Alice got about services that were switched off or on."""
    words = ("suspended", "active again")
    return [one for one in mails_to(ALICE) if one.subject.endswith(words)]


def told(event: str) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(event=event, recipient=ALICE).order_by("pk"))


def test_what_one_invoice_switches_off_and_on_is_one_mail_each(client: Client) -> None:
    first = make_service(client, domain="one.example")
    second, third = make_service(client), make_service(client)
    for service in (first, second, third):
        suspend(service)
    (mail,) = told("service_suspended")
    assert [item["id"] for item in mail.values["items"]] == [first.pk, second.pk, third.pk]
    deliver_all(LATER)
    (message,) = sent()
    assert message.subject == "3 services are suspended"
    assert f"• {first.label} (one.example)" in message.body
    for service in (first, second, third):
        resume(service)
    deliver_all(LATER)
    assert [one.subject for one in sent()][1:] == ["3 services are active again"]


def test_a_mail_waits_a_minute_where_others_may_follow_and_no_longer(client: Client) -> None:
    suspend(make_service(client))
    deliver_all(AT)
    assert len(sent()) == 1  # nothing could follow
    make_service(client)
    suspend(make_service(client))
    deliver_all(AT)
    assert len(sent()) == 1
    deliver_all(AT + timedelta(seconds=61))
    assert len(sent()) == 2


def test_another_cause_is_another_mail_and_what_was_sent_is_not_added_to(client: Client) -> None:
    suspend(make_service(client))
    suspend(make_service(client), "abuse")
    assert len(told("service_suspended")) == 2
    deliver_all(LATER)
    suspend(make_service(client))
    assert [one.values["count"] for one in told("service_suspended")] == [None, None, None]


def test_nothing_is_lost_that_comes_while_a_worker_writes_the_mail(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = make_service(client), make_service(client)
    suspend(first)
    build = delivery.build_message

    def meanwhile(*args: object) -> object:
        monkeypatch.setattr(delivery, "build_message", build)
        suspend(second)
        return build(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(delivery, "build_message", meanwhile)
    (mail,) = told("service_suspended")
    assert delivery.deliver_mail(mail.pk, LATER) == 1
    assert delivery.deliver_mail(mail.pk, LATER) == 0
    (message,) = sent()
    assert message.subject == "2 services are suspended"
