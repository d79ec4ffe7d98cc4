"""What Stripe says of its account, and of a card that is gone or another account's."""

from dataclasses import replace

import pytest

from commerce.payments.gateways.contract import Gateway, KeyRefusedError, PaymentCard
from tests.doubles.stripe import StripeWorld
from tests.payments.gateways.stripe.test_payments import ATTEMPT, VISA, save
from tests.payments.providers import CLIENT

pytestmark = pytest.mark.django_db
ACCOUNT = "GET /v1/account"


def test_a_restricted_key_that_may_not_ask_for_the_account_is_no_dead_one(
    stripe: Gateway, world: StripeWorld
) -> None:
    assert stripe.account() == "acct_double"
    world.fails(ACCOUNT, "forbidden")
    assert stripe.account() == ""
    world.double.account.secret_key = "sk_test_renewed"
    try:
        with pytest.raises(KeyRefusedError):
            stripe.account()
    finally:
        world.double.account.secret_key = stripe.settings["secret_key"]


@pytest.mark.parametrize("deleted", [True, False])
def test_a_card_of_a_deleted_customer_is_gone_and_one_that_is_not_known_may_be_anothers(
    stripe: Gateway, world: StripeWorld, *, deleted: bool
) -> None:
    """An object of the other mode is told of as one that there is not."""
    customer = stripe.create_customer(CLIENT, "c")
    card = save(stripe, world, customer, VISA)
    if deleted:
        del world.double.account.objects[customer]
    else:
        card = PaymentCard("visa", "4242", "pm_of_another_account")
    report = stripe.charge_saved(replace(ATTEMPT, customer=customer), card)
    assert (report.kind, report.decline, report.is_forgotten) == ("failed", "hard", not deleted)
