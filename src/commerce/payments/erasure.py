"""What payments say of people, and which of them stand in the way of erasing it (accounts.md 10).

Payments themselves are kept with their invoices; a saved card goes at once, at its gateway too.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, Max, OuterRef, Q

from commerce.accounts.erasure.rules import ERASED, ErasureBlocker, ErasureScope
from commerce.accounts.models import Client
from commerce.jobs.erasure import erase_job_details
from commerce.jobs.models import Job
from commerce.jobs.queue import enqueue
from commerce.jobs.rules import UNFINISHED_STATES
from commerce.kit.context import Context
from commerce.payments.actions.saved_cards import remove_card
from commerce.payments.job_names import ERASED_CUSTOMER, REMOVE_SAVED_CARD
from commerce.payments.models import (
    Attempt,
    CardSetup,
    Dispute,
    GatewayCustomer,
    Payment,
    PaymentReceipt,
    Refund,
    SavedCard,
    TransferNotice,
    UnallocatedPayment,
)
from commerce.payments.rules import PaymentStatus, RefundStatus


def payments_before_erasure(client: Client, most: int | None) -> Iterable[ErasureBlocker]:
    """Money that is under way, or that somebody wants back."""
    pending = Payment.objects.for_client(client).filter(
        status__in=[PaymentStatus.PENDING, PaymentStatus.DISPUTED]
    )
    for payment in pending.order_by("pk")[:most]:
        yield ErasureBlocker("payment", payment.pk, payment.transaction_id)
    for attempt in Attempt.objects.for_client(client).live().order_by("pk")[:most]:
        yield ErasureBlocker(
            "attempt", attempt.pk, str(attempt.invoice or attempt.plan_change or "")
        )
    under_way = [RefundStatus.REQUESTED, RefundStatus.ACCEPTED]
    for refund in (
        Refund.objects.for_client(client).filter(status__in=under_way).order_by("pk")[:most]
    ):
        yield ErasureBlocker("refund", refund.pk, str(refund.invoice or ""))
    for dispute in Dispute.objects.for_client(client).open().order_by("pk")[:most]:
        yield ErasureBlocker("dispute", dispute.pk, dispute.payment.transaction_id)


def erase_saved_cards(scope: ErasureScope, ctx: Context) -> None:
    """Saved cards, here and at their gateways, and what was agreed to by name."""
    for card in SavedCard.objects.for_client(scope.client_id).kept():
        remove_card(card=card, ctx=ctx)
    cards = SavedCard.objects.for_client(scope.client_id)
    cards.update(
        brand="", last4="", label="", exp_month=None, exp_year=None, consent_text=ERASED, failure=""
    )
    waiting = Job.objects.filter(
        subject_kind="savedcard",
        subject_id=OuterRef("pk"),
        action=REMOVE_SAVED_CARD,
        status__in=UNFINISHED_STATES,
    )
    for pk in cards.exclude(Exists(waiting)).values_list("pk", flat=True):
        forget_erased_card(pk)
    CardSetup.objects.for_client(scope.client_id).update(consent_text=ERASED, failure="")
    _leave_customers_to_staff(scope.client_id, ctx)
    erase_job_details("savedcard", cards.values_list("pk", flat=True))


def _leave_customers_to_staff(client_id: int, ctx: Context) -> None:
    """Gateways know the client by name and address, too: staff delete them there."""
    customers = GatewayCustomer.objects.for_client(client_id)
    for one in customers.order_by("pk"):
        args = {"gateway": one.gateway, "reference": one.reference, "client": client_id}
        enqueue(("gatewaycustomer", one.pk), ERASED_CUSTOMER, "erased", ctx.at, args)
    customers.delete()


def forget_erased_card(card_id: int) -> None:
    """Forget under which name a gateway kept a card, once the gateway was told; only of a client who was erased."""
    erased = SavedCard.objects.filter(pk=card_id, consent_text=ERASED)
    erased.update(token=f"erased-{card_id}")


def last_payment_day(client_id: int) -> date | None:
    """The day of the client's last payment."""
    days = Payment.objects.for_client(client_id).aggregate(last=Max("received_on"))
    last: date | None = days["last"]
    return last


def erase_payment_texts(scope: ErasureScope, ctx: Context) -> None:
    """What payments that had to be kept say of their payer; the amounts stay."""
    del ctx
    PaymentReceipt.objects.filter(payment__client_id=scope.client_id).delete()
    of_client = scope.client_id
    Payment.objects.for_client(of_client).update(
        note="", reference="", card_brand="", card_last4="", card_country=""
    )
    Attempt.objects.for_client(of_client).update(consent_text="", failure="")
    Refund.objects.for_client(of_client).update(reason=ERASED, failure="")
    Dispute.objects.for_client(of_client).update(reason="")
    TransferNotice.objects.for_client(of_client).update(note="")
    theirs = Q(payment__client_id=of_client) | Q(invoice__client_id=of_client)
    theirs |= Q(plan_change__client_id=of_client)
    UnallocatedPayment.objects.filter(theirs).update(raw={}, note="", reference="")
