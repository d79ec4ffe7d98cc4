"""Domains (domains.md 1)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client
from commerce.catalog.models import Currency


class DomainQuerySet(models.QuerySet["Domain"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-id")

    def shown_by_api(self) -> Self:
        """Without those that await registration, or were cancelled before it (client-api.md 8)."""
        return self.exclude(status=Domain.Status.PENDING).exclude(
            status=Domain.Status.CANCELLED, sent_at__isnull=True
        )


class Domain(models.Model):
    """One domain name of a client; ``sent_at`` is when a registrar first took its registration or transfer."""

    class Status(models.TextChoices):
        PENDING = "pending"
        PENDING_TRANSFER = "pending_transfer"
        ACTIVE = "active"
        EXPIRED = "expired"
        REDEMPTION = "redemption"
        TRANSFERRED_AWAY = "transferred_away"
        CANCELLED = "cancelled"
        FRAUD = "fraud"

    # No index of its own: those below start with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="domains", db_index=False)
    domain_name = models.CharField(max_length=253)
    tld = models.CharField(max_length=63)
    status = models.CharField(max_length=16, choices=Status, default=Status.PENDING)
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
    notes = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    objects = DomainQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    status__in=[
                        "pending",
                        "pending_transfer",
                        "active",
                        "expired",
                        "redemption",
                        "transferred_away",
                        "cancelled",
                        "fraud",
                    ]
                ),
                name="domain_status_known",
            ),
            models.UniqueConstraint(
                fields=["domain_name"],
                condition=Q(
                    status__in=["pending", "pending_transfer", "active", "expired", "redemption"]
                ),
                name="domain_live_name_unique",
            ),
            models.CheckConstraint(
                condition=Q(term_years__gte=1) & Q(term_years__lte=10), name="domain_term_1_to_10"
            ),
            models.CheckConstraint(
                condition=Q(recurring_amount__gte=0), name="domain_amount_not_negative"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["pending", "transferred_away", "cancelled", "fraud"])
                | Q(next_due_date__isnull=True),
                name="domain_not_due_when_ended",
            ),
            models.CheckConstraint(
                condition=Q(registration_date__isnull=True) | (~Q(ns1="") & ~Q(ns2="")),
                name="domain_has_two_nameservers",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["active", "expired", "redemption"])
                | Q(
                    registration_date__isnull=False,
                    expiry_date__isnull=False,
                    next_due_date__isnull=False,
                ),
                name="domain_registered_has_dates",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="domain_list"),
            models.Index(fields=["client", "status", "created_at", "id"], name="domain_by_status"),
            models.Index(fields=["client", "changed_at"], name="domain_changed"),
        ]

    def __str__(self) -> str:
        return self.domain_name
