"""New prices of services and domains that exist, announced before they count (catalog-and-orders.md 3)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, OuterRef, Q

from commerce.accounts.models import Client
from commerce.billing.changes.price_changes.rules import PriceChangeStatus
from commerce.billing.periods.models import SERVICE_OR_DOMAIN
from commerce.db.enums import enum_choices
from commerce.domains.models import Domain
from commerce.hosting.models import Service


class PriceChangeQuerySet(models.QuerySet["PriceChange"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def planned(self) -> Self:
        return self.filter(status=PriceChangeStatus.PLANNED)

    def for_next_period(self, noun: str) -> Self:
        """In a query over services or domains (``noun``): the one that counts for the period that is due next."""
        return self.planned().filter(
            **{noun: OuterRef("pk")}, from_date__lte=OuterRef("next_due_date")
        )


class PriceChangeAct(models.Model):
    """One act of announcing new prices: all that it announced can be withdrawn at once."""

    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"price change {self.pk}"


class PriceChange(models.Model):
    """A service or domain costs ``amount`` in place of ``old_amount`` from the period on that starts on ``from_date``.

    ``price_parts`` and ``options`` are the service's from then on, as its own columns hold them; ``reason`` is for
    staff.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="price_changes")
    service = models.ForeignKey(Service, models.PROTECT, null=True, related_name="price_changes")
    domain = models.ForeignKey(Domain, models.PROTECT, null=True, related_name="price_changes")
    old_amount = models.BigIntegerField()
    amount = models.BigIntegerField()
    act = models.ForeignKey(PriceChangeAct, models.PROTECT, null=True, related_name="changes")
    price_parts = models.JSONField(default=dict, db_column="parts")
    options = models.JSONField(default=list)
    from_date = models.DateField()
    status = models.CharField(
        max_length=7, choices=enum_choices(PriceChangeStatus), default=PriceChangeStatus.PLANNED
    )
    reason = models.TextField(blank=True)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = PriceChangeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=SERVICE_OR_DOMAIN, name="price_change_service_or_domain"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(PriceChangeStatus)),
                name="price_change_status_known",
            ),
            models.CheckConstraint(
                condition=Q(old_amount__gte=0) & Q(amount__gte=0) & ~Q(amount=F("old_amount")),
                name="price_change_to_another_amount",
            ),
            models.UniqueConstraint(
                fields=["service"],
                condition=Q(status=PriceChangeStatus.PLANNED),
                name="price_change_service_once",
            ),
            models.UniqueConstraint(
                fields=["domain"],
                condition=Q(status=PriceChangeStatus.PLANNED),
                name="price_change_domain_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.item} from {self.from_date}"

    @property
    def item(self) -> Service | Domain:
        """What gets the new price."""
        subject = self.service or self.domain
        assert subject is not None
        return subject
