"""Cards by Stripe, in its own fields in our page: PaymentIntents, cards on file, refunds, disputes (payments.md 6)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from commerce.kit.errors import BusinessError
from commerce.kit.remote.http import understood
from commerce.payments.gateways.contract import (
    CardReport,
    CardSetupRequest,
    CheckoutSession,
    CustomerGoneError,
    GatewayAmount,
    GatewayCapabilities,
    GatewayClient,
    GatewayPayment,
    GatewayReport,
    InlineForm,
    KeyRefusedError,
    PaymentCard,
    PaymentReport,
    PaymentRequest,
    RefundReport,
    RefundResult,
    RequestRefusedError,
    VerifiedEvent,
)
from commerce.payments.gateways.listing import read_rows
from commerce.payments.gateways.offline import OfflineGateway
from commerce.payments.gateways.stripe import responses
from commerce.payments.gateways.stripe.currencies import is_charged, stripe_exponent, to_units
from commerce.payments.gateways.stripe.errors import (
    MISSING,
    UNEXPECTED_STATE,
    CardDeclinedError,
)
from commerce.payments.gateways.stripe.webhooks import EVENTS, object_of, verify_event
from commerce.payments.rules import CardReportState, PaymentReportKind, RefundStatus
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

if TYPE_CHECKING:
    import stripe
    from stripe._v1_services import V1Services
    from stripe.params import (
        PaymentIntentCreateParams,
        PaymentIntentListParams,
        SetupIntentCreateParams,
    )

WITH_CHARGE = "latest_charge.balance_transaction"
LONGEST_PAYMENT = timedelta(days=1)
"""Between making an intent and paying it."""
LIVE_KEYS, TEST_KEYS = ("sk_live_", "rk_live_"), ("sk_test_", "rk_test_")


class StripeGateway(OfflineGateway):
    """An account at Stripe. State is always asked of it, by the id that an event or an attempt names."""

    slug: ClassVar[str] = "stripe"
    name: ClassVar[Text] = _("Card")
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "publishable_key",
            _("Publishable key"),
            help=_("Publishable key of Stripe, starting with pk_"),
            required=True,
            prefixes=("pk_live_", "pk_test_"),
            is_of_account=False,
        ),
        AdapterField(
            "secret_key",
            _("Secret key"),
            help=_("Secret or restricted key of Stripe, starting with sk_ or rk_"),
            required=True,
            secret=True,
            prefixes=LIVE_KEYS + TEST_KEYS,
        ),
        AdapterField(
            "webhook_secret",
            _("Webhook signing secret"),
            help=_("Signing secret of the webhook endpoint at Stripe, starting with whsec_"),
            required=True,
            secret=True,
            prefixes=("whsec_",),
            is_of_account=False,
        ),
    )
    capabilities: ClassVar[GatewayCapabilities] = GatewayCapabilities(
        "inline",
        saved_cards=True,
        card_setup=True,
        off_session=True,
        refund=True,
        partial_refund=True,
        list_payments=True,
    )
    message_headers: ClassVar[tuple[str, ...]] = ("Stripe-Signature",)
    api_address: ClassVar[str] = "https://api.stripe.com"
    """No setting, so that no installation can be led elsewhere: the demo and the tests have a class of their own."""

    def supports(self, currency_code: str, amount: int) -> GatewayAmount | None:
        fits = is_charged(amount, currency_code)
        return GatewayAmount(stripe_exponent(currency_code)) if fits else None

    def inline_form(self) -> InlineForm:
        own = ("https://js.stripe.com", "https://*.js.stripe.com")
        return InlineForm(
            template="stripe/form.html",
            script_sources=own,
            frame_sources=(*own, "https://hooks.stripe.com"),
            connect_sources=("https://api.stripe.com",),
            image_sources=("https://*.stripe.com",),
        )

    @property
    def is_test_mode(self) -> bool:
        secret_key: str = self.settings["secret_key"]
        return secret_key.startswith(TEST_KEYS)

    def test(self) -> None:
        """The keys are of one mode, and Stripe accepts the secret one."""
        is_published_live = self.settings["publishable_key"].startswith("pk_live_")
        try:
            balance = self._ask(lambda v1: v1.balance.retrieve())
        except KeyRefusedError as error:
            raise BusinessError("gateway.key_refused", label=self.fields[1].label) from error
        if {is_published_live, balance["livemode"]} != {self._is_live}:
            raise BusinessError("gateway.keys_of_two_modes")

    def account(self) -> str:
        """Not every restricted key may ask that: one that may ask for the balance is accepted."""
        try:
            return str(self._ask(lambda v1: v1.accounts.retrieve_current())["id"])
        except KeyRefusedError:
            self._ask(lambda v1: v1.balance.retrieve())
            return ""

    def knows_card(self, card: PaymentCard) -> bool:
        """Stripe tells of a card that was removed, too."""
        return self._method(card.token) is not None

    def create_customer(self, client: GatewayClient, idempotency_key: str) -> str:
        """Made by our id alone: the same key must ask the same, though the client has another name by then."""
        key, about = _key(idempotency_key), {"client": str(client.id)}
        made = self._ask(lambda v1: v1.customers.create({"metadata": about}, key))
        name: str = made["id"]
        self._ask(
            lambda v1: v1.customers.update(
                name,
                {
                    "name": client.name,
                    "email": client.email,
                    "preferred_locales": [client.locale],
                },
            )
        )
        return name

    def start(self, attempt: PaymentRequest, return_url: str) -> CheckoutSession:
        """The intent is the same for the same attempt. Whose it is, and whether their card is kept, is told after it:
        the same key must ask the same, though the client has decided otherwise by then.
        """
        params, key = self._params(attempt, session="on"), _key(attempt.idempotency_key)
        intent = self._ask(lambda v1: v1.payment_intents.create(params, key))
        if attempt.customer:
            usage = "off_session" if attempt.save_card else ""
            try:
                self._ask(
                    lambda v1: v1.payment_intents.update(
                        intent["id"], {"customer": attempt.customer, "setup_future_usage": usage}
                    )
                )
            except RequestRefusedError as error:
                if error.their_code == MISSING:
                    raise CustomerGoneError(error.reason) from error
                if error.their_code != UNEXPECTED_STATE:  # paid meanwhile, in another tab
                    raise
        return self._session(intent)

    def _params(self, attempt: PaymentRequest, *, session: str) -> "PaymentIntentCreateParams":
        return {
            "amount": to_units(attempt.amount, attempt.currency_code),
            "currency": attempt.currency_code.lower(),
            "allowed_payment_method_types": ["card"],
            "capture_method": "automatic",  # at once: its fee is known with the payment
            "description": attempt.invoice_number,
            "metadata": {
                "attempt": str(attempt.id),
                "key": attempt.idempotency_key,
                "session": session,
            },
        }

    def resume(self, reference: str) -> CheckoutSession:
        intent = self._intent(reference)
        is_open = intent["status"].startswith("requires_")
        return self._session(intent) if is_open else CheckoutSession(reference)

    def fetch(self, reference: str) -> PaymentReport:
        return responses.payment_report(self._intent(reference))

    def charge_saved(self, attempt: PaymentRequest, card: PaymentCard) -> PaymentReport:
        """The answer for the same attempt is that of the first time, a decline too. One that Stripe does not even try,
        since the card is gone there, has no reference.
        """
        params = self._params(attempt, session="off") | {
            "customer": attempt.customer,
            "payment_method": card.token,
            "off_session": True,
            "confirm": True,
            "expand": [WITH_CHARGE],
        }
        key = _key(attempt.idempotency_key)
        try:
            intent = self._ask(lambda v1: v1.payment_intents.create(params, key))
        except CardDeclinedError as declined:
            return responses.declined_charge(declined.details, attempt.currency_code)
        except RequestRefusedError as error:
            if error.their_code != MISSING:
                raise
            gone = _("The card is no longer saved at the payment provider.")
            is_forgotten = not self.knows_card(card)  # or another account has it
            return PaymentReport(
                PaymentReportKind.FAILED, "", decline="hard", reason=gone, is_forgotten=is_forgotten
            )
        report = responses.payment_report(intent)
        asks = intent["status"] == "requires_action"
        return replace(report, kind=PaymentReportKind.ACTION_REQUIRED) if asks else report

    def close(self, reference: str) -> PaymentReport:
        """What it became is asked: it may have succeeded, or been closed before."""
        try:
            self._ask(
                lambda v1: v1.payment_intents.cancel(
                    reference, {"cancellation_reason": "abandoned"}
                )
            )
        except RequestRefusedError as error:
            if error.their_code != UNEXPECTED_STATE:
                raise
        return self.fetch(reference)

    def start_card_setup(self, setup: CardSetupRequest, return_url: str) -> CheckoutSession:
        params: SetupIntentCreateParams = {
            "customer": setup.customer,
            "usage": "off_session",
            "allowed_payment_method_types": ["card"],
            "metadata": {"setup": str(setup.id)},
        }
        key = _key(f"{setup.idempotency_key}-{setup.customer}")  # who may have to be made anew
        try:
            return self._session(self._ask(lambda v1: v1.setup_intents.create(params, key)))
        except RequestRefusedError as error:
            if error.their_code != MISSING:
                raise
            raise CustomerGoneError(error.reason) from error

    def fetch_card_setup(self, reference: str) -> CardReport:
        setup = self._ask(
            lambda v1: v1.setup_intents.retrieve(reference, {"expand": ["payment_method"]})
        )
        return responses.card_report(setup)

    def remove_card(self, card: PaymentCard) -> None:
        try:
            self._ask(lambda v1: v1.payment_methods.detach(card.token))
        except RequestRefusedError:
            if (self._method(card.token) or {}).get("customer"):
                raise

    def refund(self, payment: GatewayPayment, amount: int, idempotency_key: str) -> RefundResult:
        """What Stripe refuses has failed: more than is left, under dispute, too old."""
        try:
            refund = self._ask(
                lambda v1: v1.refunds.create(
                    {
                        "payment_intent": payment.transaction_id,
                        "amount": to_units(amount, payment.currency_code),
                        "metadata": {"key": idempotency_key},
                    },
                    _key(idempotency_key),
                )
            )
        except RequestRefusedError as error:
            return RefundResult(RefundStatus.FAILED, reason=error.reason)
        report = responses.refund_report(refund)
        return RefundResult(report.state, report.refund_reference, report.reason)

    def fetch_refund(self, reference: str) -> RefundReport:
        return responses.refund_report(self._ask(lambda v1: v1.refunds.retrieve(reference)))

    def list_payments(self, since: datetime) -> Iterator[PaymentReport]:
        """Stripe lists intents by when they were made, which is some time before they are paid. Of those that were not,
        our charges of saved cards count.
        """
        asked: PaymentIntentListParams = {
            "created": {"gte": int((since - LONGEST_PAYMENT).timestamp())},
            "limit": 100,
            "expand": [f"data.{WITH_CHARGE}"],
        }
        while True:
            page = self._ask(lambda v1: v1.payment_intents.list(asked))
            yield from read_rows(
                page["data"], lambda intent: responses.listed_report(intent, since)
            )
            if not page["has_more"]:
                return
            asked["starting_after"] = page["data"][-1]["id"]

    def verify(self, headers: Mapping[str, str], body: bytes) -> VerifiedEvent:
        secret = self.settings["webhook_secret"]
        return verify_event(headers, body, secret=secret, livemode=self._is_live)

    @understood
    def interpret(self, event: VerifiedEvent) -> Sequence[GatewayReport]:
        """What Stripe says now of that which an event is about; the event itself may be old."""
        if event.kind not in EVENTS:
            return []
        about = object_of(event)
        name: str = about["id"]
        if about["object"] == "payment_method":
            return self._card_on_file(name)
        if about["object"] == "setup_intent":
            return [self.fetch_card_setup(name)]
        if about["object"] == "payment_intent":
            return [self.fetch(name)]
        return self._about_charge(about) if about.get("payment_intent") else []

    def _about_charge(self, about: Mapping[str, Any]) -> Sequence[GatewayReport]:
        """What became of a refund, of a dispute, of a payment that is taken for fraud, or of all refunds of a charge;
        others than ours have no intent.
        """
        what, name = about["object"], about["id"]
        if what == "refund":
            return [self.fetch_refund(name)]
        if what == "radar.early_fraud_warning":
            return responses.fraud_warnings(self._intent(about["payment_intent"]), about)
        if what == "dispute":
            return responses.dispute_reports(self._ask(lambda v1: v1.disputes.retrieve(name)))
        refunds = self._ask(lambda v1: v1.refunds.list({"charge": name, "limit": 100}))
        return [responses.refund_report(refund) for refund in refunds["data"]]

    def _card_on_file(self, token: str) -> list[GatewayReport]:
        method = self._ask(lambda v1: v1.payment_methods.retrieve(token))
        if not method["customer"]:
            return [CardReport(CardReportState.REMOVED, card=PaymentCard("", "", token))]
        card = responses.saved_card(method)
        return [CardReport(CardReportState.UPDATED, card=card)] if card else []

    def _intent(self, reference: str) -> dict[str, Any]:
        return self._ask(
            lambda v1: v1.payment_intents.retrieve(reference, {"expand": [WITH_CHARGE]})
        )

    def _method(self, token: str) -> dict[str, Any] | None:
        """A payment method; ``None`` for one that Stripe does not know."""
        try:
            return self._ask(lambda v1: v1.payment_methods.retrieve(token))
        except RequestRefusedError as error:
            if error.their_code == MISSING:
                return None
            raise

    def _session(self, intent: Mapping[str, Any]) -> CheckoutSession:
        """What the form needs: the account's publishable key, and the secret of this one intent."""
        key, secret = self.settings["publishable_key"], intent["client_secret"]
        return CheckoutSession(
            intent["id"], inline={"publishable_key": key, "client_secret": secret}
        )

    @property
    def _is_live(self) -> bool:
        secret_key: str = self.settings["secret_key"]
        return secret_key.startswith(LIVE_KEYS)

    def _ask(self, call: "Callable[[V1Services], stripe.StripeObject]") -> dict[str, Any]:
        from commerce.payments.gateways.stripe.client import ask_stripe

        return ask_stripe(self.settings["secret_key"], self.api_address, call)


def _key(idempotency_key: str) -> "stripe.RequestOptions":
    return {"idempotency_key": idempotency_key}
