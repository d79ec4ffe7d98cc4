"""Statements of consumers, stored as they were made, and the credit notes that they led to."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client, User
from commerce.billing.models import CreditNote
from commerce.consumers.rules import EndingKind, StatementChannel, StatementKind, StatementStatus
from commerce.db.enums import enum_choices
from commerce.domains.models import Domain
from commerce.hosting.models import Service

STATED_FIELDS = (
    *"kind channel name contract email locale ending_kind cause".split(),
    *"wished_on made_at made_by_id idempotency_key".split(),
)
"""What a consumer stated: the database refuses any change of it, but by erasure."""


class ConsumerStatementQuerySet(models.QuerySet["ConsumerStatement"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def stated_with(self, statement: "ConsumerStatement") -> Self:
        """The rows of the same statement, about its other contracts."""
        first = statement.part_of_id or statement.pk
        return self.filter(Q(pk=first) | Q(part_of=first)).exclude(pk=statement.pk)


class ConsumerStatement(models.Model):
    """A consumer withdraws from a contract, or ends it; ``made_at`` is the instant from which it counts.

    ``contract`` is what they wrote of it. ``client``, ``service`` and ``domain`` are what we found by it, or what the
    owner or staff chose; each further contract that is meant has a row of its own with the same words, ``part_of`` the
    first. ``confirmed_at``: an owner stands behind it. ``ends_on`` is the first day on which the contract is over;
    ``given_back``, in minor units, is what credit notes took back for it, None until that is settled.
    """

    kind = models.CharField(max_length=10, choices=enum_choices(StatementKind))
    channel = models.CharField(max_length=9, choices=enum_choices(StatementChannel))
    name = models.CharField(max_length=200)
    contract = models.TextField(max_length=1000)
    email = models.EmailField(max_length=254, blank=True)
    locale = models.CharField(max_length=10)
    ending_kind = models.CharField(max_length=9, choices=enum_choices(EndingKind), blank=True)
    cause = models.TextField(max_length=2000, blank=True)
    wished_on = models.DateField(null=True)
    made_at = models.DateTimeField()
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    idempotency_key = models.CharField(max_length=64, unique=True)

    status = models.CharField(
        max_length=11, choices=enum_choices(StatementStatus), default=StatementStatus.RECEIVED
    )
    client = models.ForeignKey(
        Client, models.PROTECT, null=True, related_name="consumer_statements"
    )
    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="+")
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)
    due_on = models.DateField()
    ends_on = models.DateField(null=True)
    given_back = models.BigIntegerField(null=True)
    currency_code = models.CharField(max_length=3, blank=True)
    answer = models.TextField(max_length=2000, blank=True)
    ended_at = models.DateTimeField(null=True)
    part_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="parts")

    objects = ConsumerStatementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(StatementStatus)), name="statement_status_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=StatementKind.WITHDRAWAL, ending_kind="", wished_on__isnull=True)
                | Q(kind=StatementKind.ENDING, ending_kind__in=list(EndingKind)),
                name="statement_kind_known",
            ),
            models.CheckConstraint(
                condition=Q(service__isnull=True) | Q(domain__isnull=True),
                name="statement_of_one_contract",
            ),
            models.CheckConstraint(
                condition=~Q(status=StatementStatus.CARRIED_OUT)
                | Q(ends_on__isnull=False) & (Q(service__isnull=False) | Q(domain__isnull=False)),
                name="statement_carried_out_of_what",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["service"],
                condition=Q(status=StatementStatus.CARRIED_OUT, given_back__isnull=True),
                name="statement_to_settle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"


class StatementCreditNote(models.Model):
    """A credit note that was issued because of a statement."""

    statement = models.ForeignKey(
        ConsumerStatement, models.PROTECT, related_name="statement_credit_notes"
    )
    credit_note = models.OneToOneField(
        CreditNote, models.PROTECT, related_name="consumer_statement"
    )

    def __str__(self) -> str:
        return f"{self.statement} {self.credit_note}"
