"""A product's own welcome mail replaces that of ``service_activated`` (notifications.md 4)."""

from typing import Any

import pytest
from django.core import mail

from commerce.catalog.actions.product_settings import change_product
from commerce.hosting import emails
from commerce.hosting.events import ServiceActivated
from commerce.hosting.models import Service
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.mail.actions.lifecycle import retry_mail
from commerce.mail.actions.templates import reset_template, set_template
from commerce.mail.models import MailTemplate, OutgoingMail
from tests import make
from tests.make.mails import deliver_all

pytestmark = pytest.mark.django_db
CTX = Context(make.AT, SYSTEM)


def write(key: str, **over: Any) -> MailTemplate:
    values = {"locale": "en", "subject": f"Your {key}: {{service_name}}", "html": ""} | over
    values["text"] = values.get("text", "Sign in as {username}.")
    return set_template(event=f"service_activated:{key}", **values, ctx=CTX)


def service(key: str = "vps") -> Service:
    product = make.make_product(name="VPS S")
    if key:
        change_product(product=product, welcome_template=key, ctx=CTX)
    client = make.make_client(owner="alice@example.com")
    return make.make_service(client, product=product, username="acme", label="VPS S")


def told(of: Service) -> str:
    """The subject of the mail that its activation sent."""
    mail.outbox.clear()
    emails.send_service_activated_email(ServiceActivated(of.pk), Context(make.AT, SYSTEM))
    deliver_all(make.AT)
    (sent,) = mail.outbox
    return str(sent.subject)


def test_products_say_hello_in_their_own_words() -> None:
    write("vps")
    assert told(service()) == "Your vps: VPS S"
    assert mail.outbox[0].body == "Sign in as acme.\n"
    row = OutgoingMail.objects.get()
    assert (row.event, row.product_template) == ("service_activated", "vps")


def test_other_products_get_the_mail_of_the_event() -> None:
    write("vps")
    assert told(service(key="")) == "VPS S is ready"


def test_a_template_that_is_gone_or_inactive_leaves_the_mail_of_the_event() -> None:
    write("vps")
    ordered = service()
    write("vps", active=False)
    assert told(ordered) == "VPS S is ready"
    reset_template(event="service_activated:vps", locale="en", ctx=CTX)
    OutgoingMail.objects.all().delete()
    assert told(ordered) == "VPS S is ready"


def test_a_mail_that_is_sent_again_keeps_its_words() -> None:
    write("vps")
    told(service())
    retry_mail(mail=OutgoingMail.objects.get(), ctx=CTX)
    deliver_all(make.AT)
    assert [one.subject for one in mail.outbox] == ["Your vps: VPS S"] * 2


@pytest.mark.parametrize(
    "event",
    [
        "service_activated:",
        "service_activated:UP",
        "welcome:vps",
        "x:y",
        f"service_activated:{'k' * 21}",
    ],
)
def test_only_the_welcome_of_services_has_words_by_key(event: str) -> None:
    with pytest.raises(BusinessError, match="not found"):
        set_template(event=event, locale="en", subject="x", html="", text="x", ctx=CTX)


def test_own_words_name_what_the_event_knows() -> None:
    with pytest.raises(BusinessError, match=r"Unknown variables: \{invoice_number\}"):
        write("vps", text="{invoice_number}")


def test_a_product_names_words_that_there_are() -> None:
    product = make.make_product()
    with pytest.raises(BusinessError, match="Mail template service_activated:vps not found"):
        change_product(product=product, welcome_template="vps", ctx=CTX)
