"""Domains, what is changed of them, and how they differ from their registrar (domains.md 1)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client, User
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices
from commerce.domains.rules import (
    LIVE_DOMAIN_STATUSES,
    ChangeKind,
    ChangeProblem,
    ChangeStatus,
    DomainStatus,
    TransferHold,
    VerificationState,
)


class DomainQuerySet(models.QuerySet["Domain"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def shown_by_api(self) -> Self:
        """Without those that await registration, or were cancelled before it (client-api.md 8)."""
        return self.exclude(status=DomainStatus.PENDING).exclude(
            status=DomainStatus.CANCELLED, sent_at__isnull=True
        )


class Domain(models.Model):
    """One domain name of a client; ``sent_at`` is when a registrar first took its registration or transfer.

    ``contacts`` has who stands behind it by role, with the fields of ``registrants.MAX_LENGTHS``; empty where the name
    was not ordered here. ``synced_at`` is when the registrar was last asked how it stands, ``next_sync_at`` when it is
    asked again. ``transfer_hold`` says what a transfer waits for, if it is not simply under way.
    """

    # No index of its own: those below start with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="domains", db_index=False)
    domain_name = models.CharField(max_length=253)
    tld = models.CharField(max_length=63)
    status = models.CharField(
        max_length=16, choices=enum_choices(DomainStatus), default=DomainStatus.PENDING
    )
    registrar = models.CharField(max_length=40, blank=True)
    remote_id = models.CharField(max_length=100, blank=True)
    registration_date = models.DateField(null=True)
    expiry_date = models.DateField(null=True)
    next_due_date = models.DateField(null=True)
    term_years = models.PositiveSmallIntegerField(default=1)
    recurring_amount = models.BigIntegerField()
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    auto_renew = models.BooleanField(default=True)
    whois_privacy = models.BooleanField(default=False)
    is_locked = models.BooleanField(default=True)
    ns1 = models.CharField(max_length=253, blank=True)
    ns2 = models.CharField(max_length=253, blank=True)
    ns3 = models.CharField(max_length=253, blank=True)
    ns4 = models.CharField(max_length=253, blank=True)
    contacts = models.JSONField(
        default=dict, db_default=models.Value({}, output_field=models.JSONField())
    )
    notes = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    transfer_hold = models.CharField(
        max_length=15, choices=enum_choices(TransferHold), blank=True, default="", db_default=""
    )
    synced_at = models.DateTimeField(null=True)
    next_sync_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    version = models.BigIntegerField(default=1, db_default=1)
    """Counts changes of what clients read of it (``record_versions.py``)."""

    objects = DomainQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(DomainStatus)),
                name="domain_status_known",
            ),
            models.UniqueConstraint(
                fields=["domain_name"],
                condition=Q(status__in=LIVE_DOMAIN_STATUSES),
                name="domain_live_name_unique",
            ),
            models.CheckConstraint(
                condition=Q(term_years__gte=1) & Q(term_years__lte=10), name="domain_term_1_to_10"
            ),
            models.CheckConstraint(
                condition=Q(recurring_amount__gte=0), name="domain_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[
                        DomainStatus.PENDING,
                        DomainStatus.TRANSFERRED_AWAY,
                        DomainStatus.CANCELLED,
                        DomainStatus.FRAUD,
                    ]
                )
                | Q(next_due_date__isnull=True),
                name="domain_not_due_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(registration_date__isnull=True) | (~Q(ns1="") & ~Q(ns2="")),
                name="domain_has_two_nameservers",
            ),
            models.CheckConstraint(
                condition=~Q(
                    status__in=[DomainStatus.ACTIVE, DomainStatus.EXPIRED, DomainStatus.REDEMPTION]
                )
                | Q(
                    registration_date__isnull=False,
                    expiry_date__isnull=False,
                    next_due_date__isnull=False,
                ),
                name="domain_registered_has_dates",
            ),
            models.CheckConstraint(
                condition=Q(transfer_hold="")
                | Q(transfer_hold__in=list(TransferHold), status=DomainStatus.PENDING_TRANSFER),
                name="domain_transfer_hold_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="domain_list"),
            models.Index(fields=["client", "status", "created_at", "id"], name="domain_by_status"),
            models.Index(fields=["client", "changed_at"], name="domain_changed"),
            models.Index(
                fields=["next_sync_at", "id"],
                condition=Q(status__in=LIVE_DOMAIN_STATUSES),
                name="domain_to_sync",
            ),
            models.Index(
                fields=["domain_name"], opclasses=["varchar_pattern_ops"], name="domain_by_name"
            ),
            # What the recurring revenue sums, without a look at the rows.
            models.Index(
                fields=["currency", "term_years", "recurring_amount"],
                condition=Q(status=DomainStatus.ACTIVE),
                name="domain_active_amounts",
            ),
        ]

    @property
    def nameservers(self) -> list[str]:
        """Its name servers: two to four, or none of a transfer that is under way."""
        return [host for host in (self.ns1, self.ns2, self.ns3, self.ns4) if host]

    def __str__(self) -> str:
        return self.domain_name


class DomainChangeQuerySet(models.QuerySet["DomainChange"]):
    def open(self) -> Self:
        return self.filter(status=ChangeStatus.REQUESTED)


class DomainChange(models.Model):
    """Something that a client or staff want changed at the registrar, shown as "being changed" until it ended.

    ``wanted`` is what it shall be, by the kind; ``problem`` why it failed.
    """

    domain = models.ForeignKey(Domain, models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=11, choices=enum_choices(ChangeKind))
    wanted = models.JSONField(default=dict)
    status = models.CharField(
        max_length=9, choices=enum_choices(ChangeStatus), default=ChangeStatus.REQUESTED
    )
    requested_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    requested_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    problem = models.CharField(
        max_length=7, choices=enum_choices(ChangeProblem), blank=True, default=""
    )

    objects = DomainChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["domain", "kind"],
                condition=Q(status=ChangeStatus.REQUESTED),
                name="domain_change_one_open",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=list(ChangeKind)), name="domain_change_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(ChangeStatus)), name="domain_change_status_known"
            ),
            models.CheckConstraint(
                condition=Q(status=ChangeStatus.REQUESTED, ended_at__isnull=True)
                | ~Q(status=ChangeStatus.REQUESTED) & Q(ended_at__isnull=False),
                name="domain_change_says_when_ended",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain} {self.kind}"


class DomainDrift(models.Model):
    """A difference between what is kept here and what the registrar says, until both agree again."""

    domain = models.ForeignKey(Domain, models.PROTECT, related_name="drifts")
    field = models.CharField(max_length=20)
    ours = models.CharField(max_length=300, blank=True)
    theirs = models.CharField(max_length=300, blank=True)
    found_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["domain", "field"],
                condition=Q(resolved_at__isnull=True),
                name="domain_drift_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain} {self.field}"


class RegistrantVerification(models.Model):
    """Whether the holder of a name has confirmed their address at its registrar, as that last said.

    ``last_day``: when the name stops working otherwise, if it is told. ``told_at``: when the client heard of this one,
    ``sent_at`` when the registrar was last asked to send its mail again.
    """

    domain = models.OneToOneField(Domain, models.PROTECT, related_name="verification")
    state = models.CharField(max_length=9, choices=enum_choices(VerificationState))
    last_day = models.DateField(null=True)
    email = models.CharField(max_length=254, blank=True)
    since = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.domain} {self.state}"
