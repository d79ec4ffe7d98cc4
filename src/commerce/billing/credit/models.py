"""Credit: money that a client has with us, one balance for each currency, kept as a ledger (billing.md 6)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from commerce.accounts.models import Client
from commerce.billing.credit.rules import CreditReason
from commerce.catalog.models import Currency
from commerce.db.enums import enum_choices


class CreditAccountQuerySet(models.QuerySet["CreditAccount"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class CreditAccount(models.Model):
    """The balance of one client in one currency, in minor units: the sum of its entries, never below 0 (M10)."""

    client = models.ForeignKey(Client, models.PROTECT, related_name="credit_accounts")
    currency = models.ForeignKey(Currency, models.PROTECT, db_column="currency_code")
    balance = models.BigIntegerField(default=0)

    objects = CreditAccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["client", "currency"], name="credit_one_account_per_currency"
            ),
            models.CheckConstraint(condition=Q(balance__gte=0), name="credit_balance_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.client} {self.currency_id}"


class CreditEntry(models.Model):
    """One signed, append-only row of the ledger; ``source`` names what it comes from (``payment:7``), once per reason.

    ``balance`` is the account's after this row.
    """

    account = models.ForeignKey(CreditAccount, models.PROTECT, related_name="entries")
    reason = models.CharField(max_length=16, choices=enum_choices(CreditReason))
    source = models.CharField(max_length=80)
    amount = models.BigIntegerField()
    balance = models.BigIntegerField()
    note = models.CharField(max_length=255, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["reason", "source"], name="credit_source_once"),
            models.CheckConstraint(
                condition=Q(
                    reason__in=[
                        CreditReason.OVERPAYMENT,
                        CreditReason.LATE_PAYMENT,
                        CreditReason.TOP_UP,
                        CreditReason.REFUND_TO_CREDIT,
                        CreditReason.DOWNGRADE,
                        CreditReason.STAFF_ADD,
                        CreditReason.RETURNED,
                    ],
                    amount__gt=0,
                )
                | Q(
                    reason__in=[
                        CreditReason.APPLIED,
                        CreditReason.STAFF_REMOVE,
                        CreditReason.PAYOUT,
                        CreditReason.PAID_BACK,
                        CreditReason.REVERSAL,
                        CreditReason.TOP_UP_REFUND,
                    ],
                    amount__lt=0,
                ),
                name="credit_sign_by_reason",
            ),
            models.CheckConstraint(condition=Q(balance__gte=0), name="credit_entry_not_below_zero"),
        ]
        indexes: ClassVar = [
            # What clients had on a past day, counted back from today.
            models.Index(fields=["at", "account", "amount"], name="credit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.amount}"
