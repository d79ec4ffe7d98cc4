"""Mails that go out, and templates that staff changed (notifications.md 1 and 4)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Lower

from commerce.db.enums import enum_choices
from commerce.mail.rules import MailStatus


class OutgoingMailQuerySet(models.QuerySet["OutgoingMail"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def to_address(self, email: str) -> Self:
        """Those to one address, however its letters are written."""
        return self.alias(lowered=Lower("recipient")).filter(lowered=Lower(Value(email.strip())))

    def waiting_for_digest(self) -> Self:
        return self.filter(status=MailStatus.DIGEST, digest_of__isnull=False)

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")


class OutgoingMail(models.Model):
    """One mail to one address about one occurrence of an event: there is never a second one (invariant U11).

    ``values`` is a copy of what was true at the event; money, dates and instants in it are formatted when it is sent.
    ``about`` names the record by kind and id. Of a security mail neither body nor values are kept once it is sent;
    those of one with a link are encrypted until then.
    """

    event = models.CharField(max_length=40)
    product_template = models.CharField(max_length=20, blank=True, default="", db_default="")
    """The key of a template that replaces that of the event, if there is one."""
    idempotency_key = models.CharField(max_length=200)
    recipient = models.EmailField(max_length=254, blank=True)
    recipient_name = models.CharField(max_length=201, blank=True)
    locale = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, blank=True)
    client_id = models.BigIntegerField(null=True)
    about_kind = models.CharField(max_length=30, blank=True)
    about_id = models.BigIntegerField(null=True)
    digest_of = models.BigIntegerField(null=True)
    """Whose digest tells it: the staff record, since their address may change while it waits."""
    permission = models.CharField(max_length=30, blank=True, default="", db_default="")
    """What they still need when the digest tells it."""
    values = models.JSONField(default=dict)
    encrypted_values = models.TextField(blank=True, default="", db_default="")
    """In place of ``values``, of a mail with a link: encrypted with the key ring, and empty once it has ended."""
    attachments = models.JSONField(default=list)
    """Pairs of kind and id, such as ``["invoice", 7]``: made or read when the mail is sent."""
    subject = models.CharField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    status = models.CharField(
        max_length=7, choices=enum_choices(MailStatus), default=MailStatus.QUEUED
    )
    outcome = models.CharField(max_length=500, blank=True)
    """Why it was skipped, or what the last try met."""
    is_permanent_failure = models.BooleanField(default=False)
    """The mail server refused the address itself for good."""
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    objects = OutgoingMailQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                "event", "idempotency_key", Lower("recipient"), name="mail_once"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(MailStatus)),
                name="mail_status_known",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=[MailStatus.SENT, MailStatus.BOUNCED])
                | Q(sent_at__isnull=False),
                name="mail_sent_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(recipient="") | Q(status=MailStatus.SKIPPED), name="mail_has_recipient"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client_id", "created_at", "id"], name="mail_of_client"),
            models.Index(fields=["created_at", "id"], name="mail_by_day"),
            models.Index(fields=["sent_at"], name="mail_sent"),
            models.Index(fields=["id"], condition=Q(status=MailStatus.QUEUED), name="mail_waiting"),
            # Asked at each start: does the key ring open what is encrypted?
            models.Index(fields=["id"], condition=~Q(encrypted_values=""), name="mail_with_link"),
            models.Index(
                fields=["digest_of", "id"],
                condition=Q(status=MailStatus.DIGEST),
                name="mail_for_digest",
            ),
            models.Index(
                Lower("recipient"), condition=Q(is_permanent_failure=True), name="mail_refused"
            ),
            models.Index(Lower("recipient"), "id", name="mail_to_address"),
            models.Index(
                fields=["status", "id"],
                condition=Q(status__in=[MailStatus.FAILED, MailStatus.SKIPPED, MailStatus.BOUNCED]),
                name="mail_not_sent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.recipient or 'nobody'}"


class SuppressedAddressQuerySet(models.QuerySet["SuppressedAddress"]):
    def of(self, email: str) -> Self:
        """The row of an address, however its letters are written; served by the unique index."""
        return self.alias(lowered=Lower("email")).filter(lowered=Lower(Value(email.strip())))

    def suppressed(self, email: Combinable) -> Self:
        """The row of an address, an expression, if it gets security mails only."""
        rows = self.alias(lowered=Lower("email")).filter(lowered=Lower(email))
        return rows.exclude(suppressed_at=None)


class SuppressedAddress(models.Model):
    """An address that refused several mails: it gets security mails only, until its owner says that it works."""

    email = models.EmailField(max_length=254)
    suppressed_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    """Refusals before this instant count no more."""

    objects = SuppressedAddressQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="mail_address_once")]

    def __str__(self) -> str:
        return self.email


class MailTemplate(models.Model):
    """What staff made of an event's mail in one language; without a row the shipped template counts.

    ``event`` is an event, or ``service_activated:key`` for the words of products that name the key.
    Empty ``html``: made from the text. Empty ``text``: made from the HTML. An inactive one lets no mail go out.
    """

    event = models.CharField(max_length=40)
    locale = models.CharField(max_length=10)
    subject = models.CharField(max_length=300)
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)
    active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "locale"], name="template_once"),
            models.CheckConstraint(
                condition=~Q(html="") | ~Q(text=""), name="template_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} ({self.locale})"
