"""Tokens of the staff API: what a person's programs may do in their name (staff-api.md)."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Case, F, Q, Value, When

from commerce.accounts.models.staff import Staff
from commerce.accounts.rules import TokenStatus
from commerce.db.compiled import QueryParam
from commerce.db.enums import enum_choices


class StaffTokenQuerySet(models.QuerySet["StaffToken"]):
    def live(self) -> Self:
        return self.filter(status=TokenStatus.LIVE)

    def opening_on(self, day: date | QueryParam) -> Self:
        """Those that work on a day (UTC): of people who can sign in, and of their machine accounts."""
        return self.live().filter(
            Q(staff__user__is_active=True)
            | Q(staff__owner__is_active=True, staff__owner__user__is_active=True),
            Q(staff__stops_after__isnull=True) | Q(staff__stops_after__gte=day),
            staff__is_active=True,
            expires_on__gte=day,
        )

    def with_state(self, day: date) -> Self:
        """``state``: the status, but ``expired`` once the last day (UTC) is over."""
        over = When(status=TokenStatus.LIVE, expires_on__lt=day, then=Value("expired"))
        return self.annotate(state=Case(over, default=F("status")))


class StaffToken(models.Model):
    """A key to the staff API. It may do what its person may at that moment, and of that no more than ``permissions``.

    ``acts`` are keys of acts that ask for the person's password in the staff area. ``spending_limit`` is in whole units
    of the default currency: what the token may give away, as credit or refunds, in any 30 days.
    """

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    token_hash = models.CharField(max_length=64, unique=True)
    permissions = models.JSONField(default=list)
    acts = models.JSONField(default=list)
    networks = models.JSONField(default=list)
    spending_limit = models.PositiveIntegerField(default=0)
    expires_on = models.DateField()
    status = models.CharField(
        max_length=10, choices=enum_choices(TokenStatus), default=TokenStatus.LIVE
    )
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.GenericIPAddressField(null=True)

    objects = StaffTokenQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["staff", "name"],
                condition=Q(status=TokenStatus.LIVE),
                name="staff_token_live_name_unique",
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(TokenStatus)), name="staff_token_status_known"
            ),
            models.CheckConstraint(
                condition=Q(token_hash__regex=r"^[0-9a-f]{64}$"), name="staff_token_hash_sha256"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class StaffTokenWrite(models.Model):
    """A write that a token of staff asked for: its answer, and what it gave away, in minor units of the default
    currency. The last of each are on the page of the token.
    """

    token = models.ForeignKey(StaffToken, models.CASCADE, related_name="writes", db_index=False)
    at = models.DateTimeField()
    path = models.CharField(max_length=200)
    status = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=100, blank=True, default="")
    """Of the problem; empty for what was done."""
    amount = models.BigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["token", "at", "id"], name="staff_token_write_list"),
            models.Index(fields=["at"], name="staff_token_write_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.path}: {self.status}"
