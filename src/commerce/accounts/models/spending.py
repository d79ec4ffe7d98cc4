"""What tokens may spend, and what they have committed their clients to (client-api-v2.md 2, decision 143)."""

from datetime import timedelta
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from commerce.accounts.models.clients_and_users import Client
from commerce.accounts.models.tokens import ApiToken

SPENDING_PERIOD = timedelta(days=30)
"""The rolling time that a limit holds for."""


class SpendingLimitQuerySet(models.QuerySet["SpendingLimit"]):
    def for_client(self, client: object) -> Self:
        return self.filter(token__client_id=getattr(client, "pk", client))


class SpendingLimit(models.Model):
    """How much a token may commit its client to in one currency, in minor units: by one act, and in any
    ``SPENDING_PERIOD``. Without a row it is nothing.
    """

    # No index of its own: the constraint starts with the token.
    token = models.ForeignKey(
        ApiToken, models.CASCADE, related_name="spending_limits", db_index=False
    )
    currency_code = models.CharField(max_length=3)
    per_act = models.BigIntegerField()
    per_period = models.BigIntegerField()

    objects = SpendingLimitQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["token", "currency_code"], name="spending_limit_of_a_currency"
            ),
            models.CheckConstraint(
                condition=Q(per_act__gte=0, per_period__gte=0), name="spending_limit_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.per_act} at once, {self.per_period} in 30 days, {self.currency_code}"


TOP_UP, CREDIT_SPENT = "account.top_up", "credit.spend"
"""What adds funds counts until they are spent: then a row below 0 takes back what counts as an act of its own."""


class TokenCommitmentQuerySet(models.QuerySet["TokenCommitment"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))

    def standing(self) -> Self:
        """Those that were not given back."""
        return self.filter(given_back_at=None)

    def recent(self) -> Self:
        """Those of the last ``SPENDING_PERIOD`` by the database's clock."""
        return self.filter(at__gt=Now() - SPENDING_PERIOD)

    def about(self, kind: str, record_id: int) -> Self:
        """Those that a record carries or that are to pay it."""
        carried = Q(carrier_kind=kind, carrier_id=record_id)
        return self.filter(carried | Q(debt_kind=kind, debt_id=record_id))


class TokenCommitment(models.Model):
    """What an act of a token newly committed its client to (``amount``), in minor units.

    ``debt`` is the invoice or request that it is to pay. Of it, ``covers`` was counted by this act, and ``pays`` is
    what this act pays: so a payment counts only what no act has counted before. ``carrier`` is what it is given back
    with when that fails: an attempt. Rows of ``CREDIT_SPENT`` are below 0: what funds of that attempt paid of the debt.
    """

    # No index of its own: the one of debts starts with the client.
    client = models.ForeignKey(Client, models.PROTECT, related_name="+", db_index=False)
    token = models.ForeignKey(ApiToken, models.PROTECT, related_name="+", db_index=False)
    act = models.CharField(max_length=60)
    currency_code = models.CharField(max_length=3)
    amount = models.BigIntegerField()
    debt_kind = models.CharField(max_length=20, blank=True, default="")
    debt_id = models.BigIntegerField(null=True)
    covers = models.BigIntegerField(default=0)
    pays = models.BigIntegerField(default=0)
    carrier_kind = models.CharField(max_length=20, blank=True, default="")
    carrier_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(db_default=Now())
    given_back_at = models.DateTimeField(null=True)

    objects = TokenCommitmentQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(covers__gte=0, pays__gte=0)
                & (Q(amount__gte=0) | Q(act=CREDIT_SPENT, covers=0, pays=0)),
                name="commitment_of_one_sign",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["token", "currency_code", "at"], name="commitment_of_a_token"),
            models.Index(fields=["client", "debt_kind", "debt_id"], name="commitment_of_a_debt"),
            models.Index(fields=["carrier_kind", "carrier_id"], name="commitment_of_a_carrier"),
        ]

    def __str__(self) -> str:
        return f"{self.act}: {self.amount} {self.currency_code}"
