"""Custom fields: what an installation asks of its clients besides, and what they answered (accounts.md 9)."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from commerce.accounts.models.clients_and_users import Client
from commerce.accounts.rules import CustomFieldType
from commerce.db.enums import enum_choices


class CustomFieldQuerySet(models.QuerySet["CustomField"]):
    def in_order(self) -> Self:
        return self.order_by("position", "id")

    def for_clients(self) -> Self:
        """Those that clients may see and fill in, in order. Admin-only ones never leave the staff area (T9)."""
        return self.filter(admin_only=False).in_order()


class CustomField(models.Model):
    """Something that staff want to know of each client. Its name is what people read beside it."""

    name = models.CharField(max_length=100)
    type = models.CharField(max_length=8, choices=enum_choices(CustomFieldType))
    options = models.JSONField(default=list)
    """What a dropdown offers, in order; empty for the other types."""
    required = models.BooleanField(default=False)
    show_on_registration = models.BooleanField(default=False)
    show_on_order = models.BooleanField(default=False)
    show_on_invoice = models.BooleanField(default=False)
    admin_only = models.BooleanField(default=False)
    position = models.PositiveIntegerField()

    objects = CustomFieldQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="custom_field_name_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="custom_field_named"),
            models.CheckConstraint(
                condition=Q(type__in=list(CustomFieldType)),
                name="custom_field_type_known",
            ),
            models.CheckConstraint(
                condition=Q(admin_only=False)
                | Q(show_on_registration=False, show_on_order=False, show_on_invoice=False),
                name="custom_field_admin_only_is_not_shown",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CustomValueQuerySet(models.QuerySet["CustomValue"]):
    def for_client(self, client: object) -> Self:
        return self.filter(client_id=getattr(client, "pk", client))


class CustomValue(models.Model):
    """What one client's record says in a custom field; without a row it says nothing, and a box is not ticked.

    Dates are ISO texts, a ticked box is ``yes``.
    """

    client = models.ForeignKey(Client, models.PROTECT, related_name="custom_values", db_index=False)
    field = models.ForeignKey(CustomField, models.PROTECT, related_name="values")
    value = models.TextField()

    objects = CustomValueQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "field"], name="custom_value_once"),
            models.CheckConstraint(condition=~Q(value=""), name="custom_value_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.value}"
