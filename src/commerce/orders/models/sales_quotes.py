"""Quotes: what staff offer a client, or somebody who is none yet (catalog-and-orders.md 10)."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from commerce.accounts.models import Client, Staff, User
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices
from commerce.kit import ids
from commerce.orders.models.orders import Order
from commerce.orders.rules import QuoteStatus


class SalesQuoteQuerySet(models.QuerySet["SalesQuote"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def lapsing(self, today: date) -> Self:
        """Those that were sent, and could be accepted until yesterday."""
        return self.filter(status=QuoteStatus.SENT, valid_until__lt=today)


class SalesQuote(models.Model):
    """An offer at prices that hold until ``valid_until``, a business day; nothing is reserved by it.

    It is for a ``client``, or for somebody with a ``name``, an ``email``, a ``country`` and a ``locale``.
    ``cart_lines`` are what is offered; from when it is sent ``frozen_prices`` belong to each of them, and it never
    changes. A new ``version`` of it takes the place of the one before: ``first`` is the first of them, itself for that
    one, whose id is its number. ``total`` is the gross due at once on the day it was sent, in minor units; of a draft,
    when it was last changed.
    """

    # No index of its own: the one below starts with the client.
    client = models.ForeignKey(Client, models.PROTECT, null=True, related_name="+", db_index=False)
    name = models.CharField(max_length=200, blank=True)
    email = models.CharField(max_length=254, blank=True)
    country = models.CharField(max_length=2, blank=True)
    locale = models.CharField(max_length=16, blank=True)
    first = models.ForeignKey("self", models.CASCADE, null=True, related_name="versions")
    version = models.PositiveIntegerField(default=1)
    status = models.CharField(
        max_length=9, choices=enum_choices(QuoteStatus), default=QuoteStatus.DRAFT
    )
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    promo_code = models.CharField(max_length=50, blank=True)
    cart_lines = models.JSONField(default=list)
    frozen_prices = models.JSONField(default=list)
    total = models.BigIntegerField(default=0)
    note = models.TextField(blank=True)
    valid_until = models.DateField()
    made_by = models.ForeignKey(Staff, models.PROTECT, null=True, related_name="+")
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    order = models.OneToOneField(Order, models.PROTECT, null=True, related_name="sales_quote")
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    """When it was accepted or withdrawn, or lapsed."""

    objects = SalesQuoteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=list(QuoteStatus)), name="sales_quote_status_known"
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False, email="", name="")
                | Q(client__isnull=True) & ~Q(email="") & ~Q(name=""),
                name="sales_quote_of_client_or_caller",
            ),
            models.CheckConstraint(
                condition=Q(order__isnull=True) | Q(status=QuoteStatus.ACCEPTED),
                name="sales_quote_order_is_accepted",
            ),
            models.CheckConstraint(
                condition=Q(status=QuoteStatus.DRAFT, sent_at__isnull=True)
                | ~Q(status=QuoteStatus.DRAFT) & Q(sent_at__isnull=False),
                name="sales_quote_sent_says_when",
            ),
            models.UniqueConstraint(fields=["first", "version"], name="sales_quote_version_unique"),
            # Of all versions one at most can be accepted.
            models.UniqueConstraint(
                fields=["first"],
                condition=Q(status__in=[QuoteStatus.SENT, QuoteStatus.ACCEPTED]),
                name="sales_quote_one_version_stands",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["client", "created_at", "id"], name="sales_quote_list"),
            models.Index(
                fields=["valid_until"],
                condition=Q(status=QuoteStatus.SENT),
                name="sales_quote_by_last_day",
            ),
        ]

    def __str__(self) -> str:
        if self.version == 1:
            return self.number
        return _("%(number)s, version %(version)s") % {
            "number": self.number,
            "version": self.version,
        }

    @property
    def number(self) -> str:
        """``Q-`` and four digits, the same of all its versions."""
        return ids.quote_number(self.first_id or self.pk or 0)

    @property
    def recipient(self) -> str:
        """For whom it is, in words."""
        return (self.client.company or self.client.name) if self.client else self.name
