"""Everything that changes invoices, credit and claims. One file per verb family; import the verbs from here."""

from commerce.billing.actions.by_hand import change_by_hand, draft_by_hand
from commerce.billing.actions.claims import move_claim, release_claim, waive_claim
from commerce.billing.actions.corrections import (
    credit_invoice,
    refund_invoice,
    refund_to_credit,
    refund_to_gateway,
    take_back_claim,
    void_invoice,
)
from commerce.billing.actions.credit import (
    add_credit,
    apply_credit,
    pay_out_credit,
    post_credit,
    remove_credit,
)
from commerce.billing.actions.drafts import (
    change_draft,
    delete_draft,
    draft_invoice,
    note_billed,
)
from commerce.billing.actions.exports import note_export
from commerce.billing.actions.issuing import issue_invoice
from commerce.billing.actions.late import (
    add_late_fee,
    hold_suspension,
    mark_overdue,
    release_invoice,
    remind,
    set_dunning_hold,
    stop_invoice,
)
from commerce.billing.actions.renewals import Renewed, due_services, renew_client
from commerce.billing.actions.reversals import (
    Reversal,
    refund_failed,
    reverse_payment,
    win_reversal,
)
from commerce.billing.actions.settlement import Received, receive, settle
from commerce.billing.actions.states import move_invoice

__all__ = [
    "Received",
    "Renewed",
    "Reversal",
    "add_credit",
    "add_late_fee",
    "apply_credit",
    "change_by_hand",
    "change_draft",
    "credit_invoice",
    "delete_draft",
    "draft_by_hand",
    "draft_invoice",
    "due_services",
    "hold_suspension",
    "issue_invoice",
    "mark_overdue",
    "move_claim",
    "move_invoice",
    "note_billed",
    "note_export",
    "pay_out_credit",
    "post_credit",
    "receive",
    "refund_failed",
    "refund_invoice",
    "refund_to_credit",
    "refund_to_gateway",
    "release_claim",
    "release_invoice",
    "remind",
    "remove_credit",
    "renew_client",
    "reverse_payment",
    "set_dunning_hold",
    "settle",
    "stop_invoice",
    "take_back_claim",
    "void_invoice",
    "waive_claim",
    "win_reversal",
]
