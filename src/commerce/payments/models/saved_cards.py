"""Saved cards and accounts, the client's own name at a gateway, and cards that are being saved (payments.md 7)."""

import calendar
from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client, User
from commerce.db.enums import enum_choices
from commerce.payments.rules import CardSetupStatus

LIVE_SETUP_STATUSES = (CardSetupStatus.CREATED, CardSetupStatus.OPEN)
BRAND_NAMES = {
    "amex": "American Express",
    "diners": "Diners Club",
    "jcb": "JCB",
    "mastercard": "Mastercard",
    "paypal": "PayPal",
    "sepa_debit": "SEPA",
    "unionpay": "UnionPay",
}
"""Brands whose name is not their code with a capital letter."""


def brand_name(brand: str) -> str:
    """A brand as people write it."""
    return BRAND_NAMES.get(brand, brand.replace("_", " ").capitalize())


def card_name(brand: str, last4: str) -> str:
    """What its owner knows a card by: "Visa •••• 4242"."""
    return f"{brand_name(brand)} •••• {last4}".strip()


class GatewayCustomerQuerySet(models.QuerySet["GatewayCustomer"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class GatewayCustomer(models.Model):
    """A client as an account of a gateway knows them: what saving and charging their cards there needs."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="gateway_customers")
    gateway = models.CharField(max_length=40)
    account = models.CharField(max_length=100, blank=True, default="", db_default="")
    reference = models.CharField(max_length=255)
    created_at = models.DateTimeField()

    objects = GatewayCustomerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "gateway", "account"],
                condition=~Q(account=""),
                name="gateway_customer_one_per_account",
            ),
            models.UniqueConstraint(
                fields=["client", "gateway"],
                condition=Q(account=""),
                name="gateway_customer_one_of_no_account",
            ),
            models.UniqueConstraint(
                fields=["gateway", "reference"], name="gateway_customer_reference_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.client} at {self.gateway}"


class SavedCardQuerySet(models.QuerySet["SavedCard"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def kept(self) -> Self:
        """Those that the client has not removed."""
        return self.filter(removed_at__isnull=True)

    def usable(self) -> Self:
        """Those that can be charged: neither removed nor stopped."""
        return self.kept().filter(stopped_at__isnull=True)


class SavedCard(models.Model):
    """A card, or an account such as a wallet, that its gateway keeps and charges for us; never a number.

    ``consent_text`` is what the client agreed to, word by word. A removed one stays as a row. A stopped one is charged
    no more: its bank refused for good, or a payment with it is disputed; ``failure`` says why in plain words. One of
    another ``account`` than the one that is used rests.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="saved_cards")
    gateway = models.CharField(max_length=40)
    account = models.CharField(max_length=100, blank=True, default="", db_default="")
    token = models.CharField(max_length=255)
    brand = models.CharField(max_length=20, blank=True)
    last4 = models.CharField(max_length=4, blank=True)
    label = models.CharField(max_length=100, blank=True)
    exp_month = models.PositiveSmallIntegerField(null=True)
    exp_year = models.PositiveSmallIntegerField(null=True)
    is_default = models.BooleanField(default=False)
    consent_text = models.TextField()
    consented_at = models.DateTimeField()
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=255, blank=True)
    expiry_notice_for = models.DateField(null=True)
    """The last day of the card of which its owner was told that it comes."""

    objects = SavedCardQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["gateway", "token"], name="saved_card_token_unique"),
            models.UniqueConstraint(
                fields=["client"], condition=Q(is_default=True), name="saved_card_one_default"
            ),
            models.CheckConstraint(
                condition=Q(is_default=False) | Q(removed_at__isnull=True),
                name="saved_card_default_is_kept",
            ),
            models.CheckConstraint(
                condition=Q(exp_month__isnull=True, exp_year__isnull=True)
                | Q(exp_month__isnull=False, exp_month__range=(1, 12), exp_year__isnull=False),
                name="saved_card_expiry_possible",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What its owner knows it by, the card or the account."""
        if self.label:
            return f"{self.brand_name} {self.label}".strip()
        return card_name(self.brand, self.last4)

    @property
    def brand_name(self) -> str:
        """Its brand as people write it."""
        return brand_name(self.brand)

    def takes(self, currency_code: str) -> bool:
        """Whether it can be charged in a currency: SEPA debits are in euros."""
        return self.brand != "sepa_debit" or currency_code == "EUR"

    @property
    def expires_on(self) -> date | None:
        """Its last day, the last of its month; None for what has none."""
        if self.exp_month is None or self.exp_year is None:
            return None
        return date(
            self.exp_year, self.exp_month, calendar.monthrange(self.exp_year, self.exp_month)[1]
        )


class CardSetupQuerySet(models.QuerySet["CardSetup"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def live(self) -> Self:
        """Those that may still bring a card by the client's own doing."""
        return self.filter(status__in=LIVE_SETUP_STATUSES)


class CardSetup(models.Model):
    """One try to save a card without paying; ``reference`` is the gateway's own name for it, ``saved_card`` what it
    brought.

    Without ``consent_text`` a program asked for it, and its holder has not begun.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="card_setups")
    gateway = models.CharField(max_length=40)
    account = models.CharField(max_length=100, blank=True, default="", db_default="")
    reference = models.CharField(max_length=255, null=True)  # noqa: DJ001 - none yet, and NULLs are not equal
    idempotency_key = models.CharField(max_length=64, unique=True)
    status = models.CharField(
        max_length=9, choices=enum_choices(CardSetupStatus), default=CardSetupStatus.CREATED
    )
    failure = models.CharField(max_length=255, blank=True)
    consent_text = models.TextField()
    consented_at = models.DateTimeField()
    created_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    saved_card = models.ForeignKey(
        SavedCard, models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects = CardSetupQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["gateway", "reference"], name="card_setup_reference_unique"
            ),
            models.UniqueConstraint(
                fields=["client", "gateway"],
                condition=Q(status__in=LIVE_SETUP_STATUSES),
                name="card_setup_one_live_per_gateway",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(CardSetupStatus)), name="card_setup_status_known"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["expires_at"],
                condition=Q(status__in=LIVE_SETUP_STATUSES),
                name="card_setup_live_by_expiry",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.gateway} {self.reference or self.idempotency_key}"

    @property
    def is_live(self) -> bool:
        """Whether it may still bring a card by the client's own doing."""
        return self.status in LIVE_SETUP_STATUSES
