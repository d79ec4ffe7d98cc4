"""Stripe's stand-in beside the demo: it starts with what the books know of test cards, so a restart loses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

from commerce.demo.stripe_double.account import StripeAccount
from commerce.demo.stripe_double.cards import TEST_CARDS
from commerce.demo.stripe_double.payment_intents import confirm_payment, create_payment
from commerce.demo.stripe_double.server import StripeServer
from commerce.kit.money import currency_exponent, rescale
from commerce.payments.gateways import registry
from commerce.payments.gateways.test_card_double import KEYS, SLUG, address_file
from commerce.payments.models import Attempt, GatewayCustomer, Payment, SavedCard


@contextmanager
def running_card_double() -> Iterator[None]:
    """The stand-in, until the end of the block; its address is where the gateway "Test card" looks for it."""
    server = StripeServer()
    fill_from_books(server.double.account)
    server.double.send_events_to(f"{settings.COMMERCE_URL}/webhooks/{SLUG}", KEYS["webhook_secret"])
    address = address_file()
    address.write_text(server.origin, "ascii")
    server.start()
    try:
        yield
    finally:
        address.unlink(missing_ok=True)
        server.end()


def fill_from_books(account: StripeAccount) -> None:
    """Customers, saved cards, payments, and what is being paid, under the names by which our books know them."""
    for customer in GatewayCustomer.objects.filter(gateway=SLUG):
        rename(account, account.add("cus", metadata={})["id"], customer.reference)
    customers = dict(
        GatewayCustomer.objects.filter(gateway=SLUG).values_list("client_id", "reference")
    )
    for card in SavedCard.objects.filter(gateway=SLUG).kept():
        method = account.add_method(
            {
                "number": number_of(card.last4),
                "exp_month": card.exp_month or 12,
                "exp_year": card.exp_year or 2034,
            }
        )
        method["customer"] = customers.get(card.client_id)
        rename(account, method["id"], card.token)
    for payment in Payment.objects.filter(gateway=SLUG).booked():
        intent = _intent(account, payment.amount, payment.currency_id, payment.transaction_id)
        card_data = {"number": number_of(payment.card_last4), "exp_month": 12, "exp_year": 2034}
        confirm_payment(account, intent, {"payment_method_data": {"card": card_data}})
        assert payment.booked_at is not None
        intent["created"] = int(payment.booked_at.timestamp())
    for attempt in Attempt.objects.filter(gateway=SLUG, reference__isnull=False).live():
        _intent(account, attempt.amount, attempt.currency_id, attempt.reference or "")


def _intent(account: StripeAccount, amount: int, currency: str, name: str) -> dict[str, object]:
    taken = registry.get_gateway(SLUG).supports(currency, amount)
    decimals = currency_exponent(currency)
    units = rescale(amount, decimals, taken.exponent if taken else decimals)
    params = {"amount": str(units), "currency": currency}
    intent = create_payment(account, params)
    intent["client_secret"] = f"{name}_secret_{intent['client_secret'].rpartition('_')[2]}"
    rename(account, intent["id"], name)
    return intent


def rename(account: StripeAccount, old: str, new: str) -> None:
    """Let an object have the name by which our books know it."""
    account.objects[new] = account.objects.pop(old)
    account.objects[new]["id"] = new
    if old in account.card_numbers:
        account.card_numbers[new] = account.card_numbers.pop(old)


def number_of(last4: str) -> str:
    """The test card that ends so and succeeds, or the first of all."""
    return next((number for number in TEST_CARDS if number.endswith(last4)), next(iter(TEST_CARDS)))
