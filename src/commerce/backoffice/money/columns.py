"""Columns that several lists of money share: links to other records, and the words of states."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.accounts.records.clients import client_title
from commerce.backoffice.base.pages import Text
from commerce.backoffice.lists.columns import (
    Column,
    LinkColumn,
    MoneyColumn,
    badge_column,
)
from commerce.payments.records.payments import plan_change_name
from commerce.presentation.records import Source


def client_column() -> Column:
    """The client of a record."""
    return LinkColumn(_("Client"), "client", client_title)


def invoice_column() -> Column:
    """The invoice of a record."""
    return LinkColumn(_("Invoice"), "invoice")


def request_column() -> Column:
    """The plan change whose request a record is for."""
    return LinkColumn(_("Plan change"), "plan_change", plan_change_name)


def money_column(
    label: Text, getter: Source, currency: Source = "currency_id", **more: Any
) -> Column:
    """An amount in the currency of its record."""
    return MoneyColumn(label, getter, currency, **more)


def status_column(labels: Mapping[str, Text], tones: dict[str, str], **more: Any) -> Column:
    """The state of a record."""
    return badge_column(_("Status"), "status", lambda: labels, tones, **more)
