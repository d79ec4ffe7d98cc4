"""The VAT number of a client: asked about at the VAT service, or vouched for by staff (`commerce vat`)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from commerce.accounts.models import Client
from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.actions import RecordAction
from commerce.backoffice.base.forms import StaffForm
from commerce.billing.tax.actions import (
    check_client_vat_number,
    mark_vat_number_valid,
    vat_number_blocked_reason,
)
from commerce.kit.context import Context
from commerce.portal.base.form_fields import MultilineField


class EvidenceForm(StaffForm):
    """What staff saw that shows that the number is valid."""

    evidence = MultilineField(
        label=_lazy("Evidence"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


def _check(client: Client, data: Mapping[str, Any], ctx: Context) -> str:
    found = check_client_vat_number(client=client, ctx=ctx)
    words = _("The VAT service answered for %(number)s. See VAT checks below.")
    return words % {"number": found.number}


def _mark(client: Client, data: Mapping[str, Any], ctx: Context) -> str:
    marked = mark_vat_number_valid(client=client, evidence=data["evidence"], ctx=ctx)
    return _("%(number)s counts as valid.") % {"number": marked.number}


VAT_ACTIONS = (
    RecordAction(
        name="check-vat",
        label=_lazy("Check VAT number"),
        permission=StaffPermission.CLIENTS_EDIT,
        run=_check,
        is_atomic=False,
        blocked=vat_number_blocked_reason,
    ),
    RecordAction(
        name="mark-vat-valid",
        label=_lazy("Mark VAT number as valid"),
        permission=StaffPermission.CLIENTS_EDIT,
        form=EvidenceForm,
        intro=lambda _client: _lazy("Counts as long as an answer from the VAT service."),
        run=_mark,
        blocked=vat_number_blocked_reason,
    ),
)
