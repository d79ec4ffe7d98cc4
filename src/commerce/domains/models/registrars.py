"""What is kept of registrars: brakes, names that ended there, prices (domains.md 4, 6 and 9)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.db.enums import enum_choices
from commerce.domains.models.names import Domain
from commerce.domains.models.tlds import Tld
from commerce.domains.rules import MessageKind, PricedOperation
from commerce.kit.money import Money


class RegistrarBrake(models.Model):
    """Too many names of a registrar were missing there at once, so none of them ends until it is released.

    ``missing`` of ``names`` when it was raised.
    """

    registrar = models.CharField(max_length=40)
    missing = models.PositiveIntegerField()
    names = models.PositiveIntegerField()
    raised_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registrar"],
                condition=Q(released_at__isnull=True),
                name="registrar_brake_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.registrar


class DomainLoss(models.Model):
    """A name that ended because its registrar did not have it any more, with what brings it back as it was.

    ``is_confirmed``: staff said so; otherwise the registrar alone.
    """

    domain = models.ForeignKey(Domain, models.PROTECT, related_name="losses")
    registrar = models.CharField(max_length=40)
    was_auto_renew = models.BooleanField()
    is_confirmed = models.BooleanField()
    ended_at = models.DateTimeField()
    brought_back_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["registrar", "ended_at"], name="domain_loss_by_registrar"),
        ]

    def __str__(self) -> str:
        return str(self.domain)


class RegistrarPriceQuerySet(models.QuerySet["RegistrarPrice"]):
    def current(self) -> Self:
        return self.filter(replaced_at__isnull=True)


class RegistrarPrice(models.Model):
    """What a registrar takes for a TLD from an instant on, in minor units: of a year, of a transfer, of a restore.

    One that was replaced stays, as what it was before.
    """

    registrar = models.CharField(max_length=40)
    tld = models.ForeignKey(Tld, models.CASCADE, related_name="registrar_prices")
    operation = models.CharField(max_length=8, choices=enum_choices(PricedOperation))
    amount = models.BigIntegerField()
    currency_code = models.CharField(max_length=3)
    since = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True)

    objects = RegistrarPriceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["registrar", "tld", "operation"],
                condition=Q(replaced_at__isnull=True),
                name="registrar_price_one_current",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="registrar_price_not_negative"),
            models.CheckConstraint(
                condition=Q(operation__in=list(PricedOperation)),
                name="registrar_price_operation_known",
            ),
        ]

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency_code)

    def __str__(self) -> str:
        return f"{self.registrar} {self.tld_id} {self.operation}"


class RegistryMessage(models.Model):
    """What a registry left in our queue there, as it was read; ``about`` is the name it is of, if it says so."""

    registrar = models.CharField(max_length=40)
    message_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=13, choices=enum_choices(MessageKind))
    about = models.CharField(max_length=253, blank=True)
    text = models.TextField(blank=True)
    queued_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["registrar", "message_id"], name="registry_message_by_id"),
            models.Index(fields=["about", "id"], name="registry_message_about"),
            models.Index(fields=["read_at"], name="registry_message_read_at"),
        ]

    def __str__(self) -> str:
        return f"{self.registrar} {self.message_id}"
