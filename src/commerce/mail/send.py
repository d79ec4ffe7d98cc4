"""Sending a mail about something that happened: after commit, in the background, never in the way of a request.

Each event has one template, ``templates/mail/<event>.txt``: its first line is the subject, the rest the text. The HTML
body is made from the text: paragraphs stay paragraphs, and a line that is only an address becomes a link.
"""

import hashlib
import logging
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from email.utils import formataddr
from functools import cache, partial
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from commerce.preferences.current import get

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one address. ``once`` tells this occurrence of the event from every other (notifications.md 3)."""

    event: str
    to: str
    once: str
    values: Mapping[str, object] = field(default_factory=dict)
    locale: str = "en"


def after_commit(*messages: Message) -> None:
    """Send these when the transaction of what they tell of has been committed; a failure is logged, never raised.

    To the caller every mail costs the same little time, whether or not there is a mailbox at the other end.
    """
    always = _always()
    for message in messages:
        transaction.on_commit(partial(_hand_over, message, always))


def wait(seconds: float = 30) -> None:
    """Return when everything handed over so far was sent: for commands that end, and for tests."""
    if _worker.cache_info().currsize:
        _worker().submit(lambda: None).result(timeout=seconds)


def _always() -> dict[str, object]:
    """What every template knows. Read here: the background thread asks the database nothing."""
    company, address = get("company.name"), get("company.email")
    sender = (get("mail.from_name") or company, get("mail.from_address") or address)
    return {
        "company_name": company,
        "company_email": address,
        "brand_name": get("branding.name"),
        "client_area_url": f"{settings.COMMERCE_URL}/client",
        "sender": formataddr(sender),
    }


@cache
def _worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="mail")


def _hand_over(message: Message, always: Mapping[str, object]) -> Future[None] | None:
    if settings.MAILERS["default"]["BACKEND"] == "django.core.mail.backends.locmem.EmailBackend":
        _send(message, always)  # a test's outbox
        return None
    return _worker().submit(_send, message, always)


def _send(message: Message, always: Mapping[str, object]) -> None:
    try:
        compose(message, always).send()
    except Exception:
        log.exception("The mail %s could not be sent.", message.event)


def compose(message: Message, always: Mapping[str, object]) -> EmailMultiAlternatives:
    """The mail as it goes out: text and HTML, with the headers of an automatic message."""
    with translation.override(message.locale):
        written = render_to_string(
            f"mail/{message.event}.txt", {**always, **message.values, "to": message.to}
        )
        subject, _, text = written.strip().partition("\n")
        text = text.strip() + "\n"
        html = render_to_string(
            "mail/layout.html",
            {**always, "subject": subject, "blocks": _blocks(text), "locale": message.locale},
        )
    once = hashlib.sha256(f"{message.event} {message.once} {message.to}".encode()).hexdigest()[:40]
    mail = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text,
        from_email=str(always["sender"]),
        to=[message.to],
        headers={
            "Message-ID": f"<{once}@{urlsplit(settings.COMMERCE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
            "X-Commerce": "1",
        },
    )
    mail.attach_alternative(html, "text/html")
    return mail


def _blocks(text: str) -> list[dict[str, object]]:
    """Paragraphs of the text; one that is only an address of ours is a link."""
    ours = f"{settings.COMMERCE_URL}/"
    return [
        {"text": block, "link": block.startswith(ours) and not set(block) & set(" \n")}
        for block in (part.strip() for part in text.split("\n\n"))
        if block
    ]
