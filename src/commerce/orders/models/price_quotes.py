"""Prices that a program was told, and may order at for a while (client-api-v2.md 4, decision 147)."""

from typing import ClassVar, Self

from django.db import models

from commerce.accounts.models import Client
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices
from commerce.orders.rules import QuotedAct


class PriceQuoteQuerySet(models.QuerySet["PriceQuote"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class PriceQuote(models.Model):
    """What an act would cost a client, at what net prices and discounts, until ``expires_at``; nothing is reserved by
    it.

    Of an order ``cart_lines`` are what is asked for, with sealed codes of transfers, and ``frozen_prices`` belong to
    each of them. Otherwise ``record_id`` is the service or domain, and there is one frozen price, with what was asked
    for. ``total`` is the gross due at once, below 0 where something is given back. ``answer`` is what the program was
    told, as JSON. ``key`` is its public id.
    """

    # No index of its own: the one below starts with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    key = models.CharField(max_length=24, unique=True)
    act = models.CharField(
        max_length=11,
        choices=enum_choices(QuotedAct),
        default=QuotedAct.ORDER,
        db_default=QuotedAct.ORDER,
    )
    record_id = models.BigIntegerField(null=True)
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    promo_code = models.CharField(max_length=50, blank=True)
    cart_lines = models.JSONField()
    frozen_prices = models.JSONField()
    total = models.BigIntegerField()
    answer = models.TextField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = PriceQuoteQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="price_quote_list"),
            models.Index(fields=["expires_at"], name="price_quote_by_end"),
        ]

    def __str__(self) -> str:
        return f"price quote {self.pk}"
