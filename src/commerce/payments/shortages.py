"""What a payment that was taken back left short: the client had spent it from his credit, and staff decide."""

from commerce.jobs.registry import Hopeless, Work, handles
from commerce.kit.money import Money
from commerce.payments.models import Payment
from commerce.payments.tasks import SHORTAGE


@handles(SHORTAGE)
def ask_staff(work: Work) -> None:
    """Parks at once: nothing but a person can get this money, or do without it."""
    payment = Payment.objects.select_related("invoice").get(pk=work.subject_id)
    short = Money(work.args["short"], payment.currency_id)
    raise Hopeless(
        f"{payment} for invoice {payment.invoice} was taken back. {short} of it had become credit that is spent: "
        "collect it from the client, or write it off."
    )
