"""Everything that changes invoices. One file per verb family; import the verbs from here."""

from commerce.billing.actions.drafts import draft_invoice
from commerce.billing.actions.issuing import issue_invoice
from commerce.billing.actions.settlement import settle
from commerce.billing.actions.states import (
    mark_overdue,
    move_invoice,
    refund_invoice,
    void_invoice,
)

__all__ = [
    "draft_invoice",
    "issue_invoice",
    "mark_overdue",
    "move_invoice",
    "refund_invoice",
    "settle",
    "void_invoice",
]
