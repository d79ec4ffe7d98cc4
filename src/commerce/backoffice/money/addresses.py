"""Addresses of pages of records, for what an action or a text leads to."""

from django.db.models import Model
from django.urls import reverse


def page_of(record: Model) -> str:
    """The page of a record."""
    meta = record._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[record.pk])


def list_of(model: type[Model]) -> str:
    """The list of a model's records."""
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
