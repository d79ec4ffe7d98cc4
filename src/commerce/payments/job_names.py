"""Names of the background work of payments."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from commerce.jobs.models import Job
from commerce.jobs.words import JobWords, titled
from commerce.payments.models import (
    Attempt,
    CardSetup,
    Dispute,
    GatewayCustomer,
    Payment,
    Refund,
    SavedCard,
)

PROCESS_GATEWAY_EVENT = "gateway_event.process"
POLL_ATTEMPT = "attempt.poll"
FOLLOW_ATTEMPT = "attempt.follow"
UNRECOVERED_AMOUNT = "payment.unrecovered"
FOLLOW_CARD_SETUP = "cardsetup.follow"
POLL_CARD_SETUP = "cardsetup.poll"
REMOVE_SAVED_CARD = "savedcard.remove"
CHARGE_SAVED_CARD = "attempt.charge"
UNRECOVERED_REFUND = "refund.unrecovered"
SEND_REFUND = "refund.send"
FOLLOW_REFUND = "refund.follow"
REFUND_FAILED = "refund.failed"
FRAUD_WARNING = "payment.fraud_warning"
CHARGE_REFUSED = "attempt.refused"
LOST_AFTER_REFUND = "dispute.lost_after_refund"
ERASED_CUSTOMER = "gatewaycustomer.erased"

_TITLES = {
    PROCESS_GATEWAY_EVENT: _("process event {id} of a payment gateway"),
    POLL_ATTEMPT: _("find out how payment attempt {id} ended"),
    FOLLOW_ATTEMPT: _("find out how payment attempt {id} ended"),
    UNRECOVERED_AMOUNT: _("collect what is missing after the reversal of payment {id}"),
    FOLLOW_CARD_SETUP: _("find out whether card {id} was saved"),
    POLL_CARD_SETUP: _("find out whether card {id} was saved"),
    REMOVE_SAVED_CARD: _("remove saved card {id} at the payment gateway"),
    CHARGE_SAVED_CARD: _("charge a saved card, attempt {id}"),
    UNRECOVERED_REFUND: _("collect what is missing after refund {id}"),
    SEND_REFUND: _("send refund {id}"),
    FOLLOW_REFUND: _("find out how refund {id} ended"),
    REFUND_FAILED: _("decide about refund {id}, which failed"),
    FRAUD_WARNING: _("look at payment {id}, which may be fraud"),
    CHARGE_REFUSED: _("look at payment attempt {id}, which the gateway refused"),
    LOST_AFTER_REFUND: _("look at dispute {id}, lost after a refund"),
    ERASED_CUSTOMER: _("delete customer {id} at the payment gateway"),
}


def describe_payment_job(job: Job) -> JobWords:
    """What a job about money does, and whose money it is."""
    title = titled(_TITLES.get(job.action), job, id=job.subject_id)
    model = _MODELS.get(job.subject_kind)
    rows = model._default_manager.select_related("client") if model else None
    record = rows.filter(pk=job.subject_id).first() if rows is not None else None
    return JobWords(title, record.client if record else None)


_MODELS: dict[str, Any] = {
    "attempt": Attempt,
    "payment": Payment,
    "cardsetup": CardSetup,
    "savedcard": SavedCard,
    "refund": Refund,
    "dispute": Dispute,
    "gatewaycustomer": GatewayCustomer,
}
PAYMENT_JOB_SUBJECTS = ("gatewayevent", *_MODELS)
"""What jobs about money are about."""
