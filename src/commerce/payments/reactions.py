"""What follows in payments from what happened there (``commerce.reactions``)."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.locale import client_text
from commerce.kit.context import Context
from commerce.payments.actions.saved_cards import stop_card
from commerce.payments.events import DisputeOpened
from commerce.payments.models import Dispute

DISPUTED_TEXT = _("A payment with this payment method is disputed.")


def stop_card_of_dispute(event: DisputeOpened, ctx: Context) -> None:
    """No more automatic payment with the saved card of a payment that is disputed (payments.md 8)."""
    rows = Dispute.objects.select_related("client", "payment__attempt__saved_card")
    dispute = rows.get(pk=event.dispute_id)
    attempt = dispute.payment.attempt
    if attempt is not None and attempt.saved_card is not None:
        reason = client_text(dispute.client, DISPUTED_TEXT)
        stop_card(card=attempt.saved_card, reason=reason, ctx=ctx)
