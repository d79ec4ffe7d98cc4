"""PayPal, on its own pages: orders that their payer approves and we capture, saved accounts, refunds, disputes.

payments.md 6.
"""

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

from commerce.kit import clock
from commerce.kit.errors import BusinessError
from commerce.kit.remote.http import ProviderSilentError, understood
from commerce.kit.remote.time_limits import calls_end_at, seconds_left
from commerce.payments.gateways.contract import (
    VERIFY_SECONDS,
    CardReport,
    CardSetupRequest,
    CheckoutSession,
    GatewayAmount,
    GatewayCapabilities,
    GatewayClient,
    GatewayPayment,
    GatewayReport,
    KeyRefusedError,
    PaymentCard,
    PaymentReport,
    PaymentRequest,
    RefundReport,
    RefundResult,
    RequestRefusedError,
    VerifiedEvent,
)
from commerce.payments.gateways.offline import OfflineGateway
from commerce.payments.gateways.paypal import certificates, responses
from commerce.payments.gateways.paypal.api import (
    CAPTURES,
    MISSING,
    ORDERS,
    REFUNDS,
    SETUPS,
    TOKENS,
    VERIFY,
    PayPalApi,
)
from commerce.payments.gateways.paypal.declines import (
    ASKS_PAYER,
    NOT_FOUND,
    decline_of,
    decline_text,
    is_decline,
)
from commerce.payments.gateways.paypal.events import event_reports
from commerce.payments.gateways.paypal.money import is_taken, paypal_exponent, to_money
from commerce.payments.gateways.paypal.orders import experience, order_of
from commerce.payments.gateways.paypal.search import PERMISSION, listed_payments
from commerce.payments.gateways.paypal.webhooks import HEADERS, SigningKey, verify_message
from commerce.payments.rules import (
    CardReportState,
    PaymentReportKind,
    RefundStatus,
)
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

log = logging.getLogger(__name__)

NOT_VAULTING = ("NOT_ENABLED_TO_VAULT_PAYMENT_SOURCE", "PERMISSION_DENIED")
ENDED = ("MAX_NUMBER_OF_PAYMENT_ATTEMPTS_EXCEEDED", "ORDER_EXPIRED")
MOVED_ON = (MISSING, "ACTION_DOES_NOT_MATCH_INTENT", "ORDER_ALREADY_CAPTURED")
"""Refusals of a capture that say: look again what became of the order."""


class PayPalGateway(OfflineGateway):
    """An app at PayPal. State is always asked of it, by the id that an event or an attempt names."""

    slug: ClassVar[str] = "paypal"
    name: ClassVar[Text] = "PayPal"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "client_id", _("Client ID"), help=_("Client ID of your app at PayPal"), required=True
        ),
        AdapterField(
            "client_secret",
            _("Client secret"),
            help=_("Secret of your app at PayPal"),
            required=True,
            secret=True,
        ),
        AdapterField(
            "webhook_id",
            _("Webhook ID"),
            help=_("ID of the webhook of your app at PayPal"),
            required=True,
            is_of_account=False,
        ),
        AdapterField(
            "sandbox",
            _("Sandbox"),
            kind="switch",
            help=_("The app is a sandbox app: no money moves"),
            directs_secrets=True,
        ),
    )
    capabilities: ClassVar[GatewayCapabilities] = GatewayCapabilities(
        "redirect",
        saved_cards=True,
        card_setup=True,
        off_session=True,
        refund=True,
        partial_refund=True,
        refund_days=180,
        list_payments=True,
        listed_days=3,
        listed_late_days=1,
        repeat_hours=5,
    )
    hosts: ClassVar[frozenset[str]] = frozenset({"www.paypal.com", "www.sandbox.paypal.com"})
    message_headers: ClassVar[tuple[str, ...]] = HEADERS
    live_address: ClassVar[str] = "https://api-m.paypal.com"
    sandbox_address: ClassVar[str] = "https://api-m.sandbox.paypal.com"
    certificate_proxy: ClassVar[str] = ""
    """Where certificates are asked for instead of at PayPal. No setting, as the addresses above: the tests have a class
    of their own."""

    def supports(self, currency_code: str, amount: int) -> GatewayAmount | None:
        fits = is_taken(amount, currency_code)
        return GatewayAmount(paypal_exponent(currency_code)) if fits else None

    @property
    def is_test_mode(self) -> bool:
        return bool(self.settings["sandbox"])

    @understood
    def test(self) -> None:
        """PayPal takes the credentials, and the webhook is one of this app."""
        _client_id, secret, webhook = self.fields[:3]
        try:
            self._api.check_credentials()
            self._ask("GET", f"/v1/notifications/webhooks/{self.settings['webhook_id']}")
        except KeyRefusedError as error:
            raise BusinessError("gateway.key_refused", label=secret.label) from error
        except RequestRefusedError as error:
            raise BusinessError("setting.key_not_valid", label=webhook.label) from error

    def account(self) -> str:
        """The app, which is of one account."""
        self._api.check_credentials()
        return str(self.settings["client_id"])

    @understood
    def knows_card(self, card: PaymentCard) -> bool:
        return self._found(f"{TOKENS}/{card.token}") is not None

    def create_customer(self, client: GatewayClient, idempotency_key: str) -> str:
        """PayPal has payers, and makes them itself: the client's name here is ours."""
        del client
        return idempotency_key

    @understood
    def start(self, attempt: PaymentRequest, return_url: str) -> CheckoutSession:
        """The order is the same for the same attempt. If PayPal does not let this shop save accounts, the payer pays
        all the same.
        """
        wallet: dict[str, Any] = {"experience_context": experience(return_url, attempt.locale)}
        wallet["experience_context"]["user_action"] = "PAY_NOW"
        vault = {
            "store_in_vault": "ON_SUCCESS",
            "usage_type": "MERCHANT",
            "permit_multiple_payment_tokens": True,
        }
        if not attempt.save_card:
            return self._session(self._order(attempt, wallet))
        try:
            return self._session(self._order(attempt, wallet | {"attributes": {"vault": vault}}))
        except RequestRefusedError as refused:
            if refused.their_code not in NOT_VAULTING:
                raise
        log.error("This PayPal account may not save its payers' accounts: apply for it at PayPal")
        return self._session(self._order(attempt, wallet, suffix="-unsaved"))

    def _order(
        self, attempt: PaymentRequest, wallet: Mapping[str, Any], suffix: str = ""
    ) -> dict[str, Any]:
        body = order_of(attempt, wallet)
        return self._ask("POST", ORDERS, body, key=attempt.idempotency_key + suffix)

    @understood
    def resume(self, reference: str) -> CheckoutSession:
        """To PayPal's page, also after an approval that brought no money: the payer chooses something else there."""
        order = self._found(f"{ORDERS}/{reference}")
        is_open = order and responses.is_undecided(responses.payment_report(order))
        return self._session(order) if order and is_open else CheckoutSession(reference)

    @understood
    def fetch(self, reference: str) -> PaymentReport:
        """An order that PayPal has forgotten was never paid by a payer on its page."""
        if order := self._found(f"{ORDERS}/{reference}"):
            return responses.payment_report(order)
        return PaymentReport(PaymentReportKind.CLOSED, reference, is_forgotten=True)

    @understood
    def capture(self, attempt: PaymentRequest, approved: PaymentReport) -> PaymentReport:
        """Declined, it waits for the payer to choose something else."""
        del attempt
        try:
            return self._captured(approved)
        except RequestRefusedError as refused:
            issue = refused.their_code
            if not (is_decline(issue) or issue in ENDED):
                raise  # it is not about the payer
            kind = PaymentReportKind.FAILED if issue in ENDED else PaymentReportKind.PENDING
            return PaymentReport(kind, approved.reference, reason=decline_text(issue))

    def _captured(self, approved: PaymentReport) -> PaymentReport:
        """It needs no key: PayPal captures an order once. By one, a decline would be told again after another approval.

        Raises ``RequestRefusedError`` for an order that brings no money.
        """
        reference = approved.reference
        try:
            order = self._ask("POST", f"{ORDERS}/{reference}/capture", {})
        except RequestRefusedError as refused:
            if refused.their_code not in MOVED_ON:
                raise
            return self.fetch(reference)
        return responses.payment_report(order)

    @understood
    def charge_saved(self, attempt: PaymentRequest, card: PaymentCard) -> PaymentReport:
        """Paid in the answer itself, which for the same attempt is that of the first time; what PayPal leaves to us is
        captured at once, or has failed, since nobody is there to choose something else. One that PayPal refuses
        to make has no reference.
        """
        reference = ""
        try:
            order = self._order(attempt, {"vault_id": card.token})
            report, reference = responses.payment_report(order), order["id"]
            if report.kind == PaymentReportKind.APPROVED or order["status"] == "CREATED":
                report = self._captured(report)
        except RequestRefusedError as refused:
            issue = refused.their_code
            if issue == "DUPLICATE_INVOICE_ID":  # paid, and its key forgotten since
                raise ProviderSilentError("this charge was made before") from refused
            if issue == MISSING:  # said of nothing that could be missing: no answer for good
                raise ProviderSilentError("PayPal answers 404") from refused
            if not is_decline(issue):
                raise
            asks = issue in ASKS_PAYER
            return PaymentReport(
                PaymentReportKind.ACTION_REQUIRED if asks else PaymentReportKind.FAILED,
                reference,
                decline="" if asks else decline_of(issue),
                reason=decline_text(issue),
                is_forgotten=issue in NOT_FOUND,
            )
        if report.is_forgotten:
            raise ProviderSilentError("PayPal does not know the order of this charge")
        return responses.asks_payer(report, order)

    @understood
    def close(self, reference: str) -> PaymentReport:
        """PayPal has no way to cancel an order, and forgets it after some hours. What turns it into one that cannot be
        captured is tried, so that of a capture and a close at the same time one comes too late.
        """
        report = self.fetch(reference)
        if not responses.is_undecided(report):
            return report
        change = [{"op": "replace", "path": "/intent", "value": "AUTHORIZE"}]
        try:
            self._ask("PATCH", f"{ORDERS}/{reference}", change)
        except RequestRefusedError:
            report = self.fetch(reference)
        is_over = responses.is_undecided(report)
        return PaymentReport(PaymentReportKind.CLOSED, reference) if is_over else report

    @understood
    def start_card_setup(self, setup: CardSetupRequest, return_url: str) -> CheckoutSession:
        wallet = {
            "usage_type": "MERCHANT",
            "permit_multiple_payment_tokens": True,
            "experience_context": experience(return_url, setup.locale),
        }
        body = {"payment_source": {"paypal": wallet}}
        return self._session(self._ask("POST", SETUPS, body, key=setup.idempotency_key))

    @understood
    def fetch_card_setup(self, reference: str) -> CardReport:
        """An account that its owner approved is saved by asking for it."""
        try:
            setup = self._ask("GET", f"{SETUPS}/{reference}")
            if setup["status"] not in ("APPROVED", "TOKENIZED", "VAULTED"):
                return responses.setup_report(setup, None)
            source = {"token": {"id": reference, "type": "SETUP_TOKEN"}}
            token = self._ask("POST", TOKENS, {"payment_source": source}, key=reference)
        except RequestRefusedError as refused:
            if refused.their_code != MISSING:
                raise
            return CardReport(CardReportState.FAILED, reference, reason=decline_text(MISSING))
        return responses.setup_report(setup, token)

    @understood
    def remove_card(self, card: PaymentCard) -> None:
        try:
            self._ask("DELETE", f"{TOKENS}/{card.token}")
        except RequestRefusedError as refused:
            if refused.their_code != MISSING:
                raise

    @understood
    def refund(self, payment: GatewayPayment, amount: int, idempotency_key: str) -> RefundResult:
        """What PayPal refuses has failed: more than is left, too old, under dispute, not enough in the account.

        Another installation with the same app may have the same key, but never the same payment.
        """
        body = {
            "amount": to_money(amount, payment.currency_code),
            "custom_id": idempotency_key,
        }
        path = f"{CAPTURES}/{payment.transaction_id}/refund"
        try:
            key = f"{idempotency_key}-{payment.transaction_id}"
            made = responses.refund_report(self._ask("POST", path, body, key=key))
        except RequestRefusedError as refused:
            return RefundResult(RefundStatus.FAILED, reason=refused.reason)
        if (made.transaction_id, made.amount) != (payment.transaction_id, amount):
            raise ProviderSilentError("PayPal answers with another refund")
        return RefundResult(made.state, made.refund_reference, made.reason)

    @understood
    def fetch_refund(self, reference: str) -> RefundReport:
        return responses.refund_report(self._ask("GET", f"{REFUNDS}/{reference}"))

    def list_payments(self, since: datetime) -> Iterator[PaymentReport]:
        """What was paid since, but for the last hours; charges that failed are not in the list."""
        if PERMISSION not in self._api.permissions():
            raise BusinessError("gateway.may_not_list", gateway=self.name)
        return listed_payments(self._ask, since, clock.now())

    @understood
    def verify(self, headers: Mapping[str, str], body: bytes) -> VerifiedEvent:
        if not all(self.settings[each.name] for each in self.fields if each.required):
            raise BusinessError("gateway_event.signature_not_valid")
        with calls_end_at(time.monotonic() + min(VERIFY_SECONDS, seconds_left())):
            return verify_message(
                headers,
                body,
                webhook_id=self.settings["webhook_id"],
                key_of=self._signing_key,
                send=lambda content: self._api.send("POST", VERIFY, content),
            )

    def _signing_key(self, url: str) -> SigningKey:
        own_host, _slash, path = url.removeprefix("https://").partition("/")
        if self.certificate_proxy:
            url = f"{self.certificate_proxy}/{own_host}/{path}"
        chain = certificates.fetch_certificates(url)
        return certificates.trusted_key(chain, self.roots(), clock.now())

    def roots(self) -> Sequence["Certificate"]:
        """Who may vouch for PayPal's certificates."""
        return certificates.public_roots()

    @understood
    def interpret(self, event: VerifiedEvent) -> Sequence[GatewayReport]:
        """What PayPal says now of that which an event is about; the event itself may be old. An approved order is
        captured by the job that asks what became of its attempt, not here.
        """
        return event_reports(event, self.fetch, self._ask, clock.now())

    def _found(self, path: str) -> dict[str, Any] | None:
        """What is at an address; ``None`` for what PayPal does not know, or not any more."""
        try:
            return self._ask("GET", path)
        except RequestRefusedError as refused:
            if refused.their_code != MISSING:
                raise
            return None

    def _session(self, made: Mapping[str, Any]) -> CheckoutSession:
        """PayPal's page for an order or for saving an account."""
        links = {link["rel"]: link["href"] for link in made.get("links") or []}
        site = "www.sandbox.paypal.com" if self.is_test_mode else "www.paypal.com"
        page = f"https://{site}/checkoutnow?token={made['id']}"
        leads_to = links.get("payer-action") or links.get("approve") or page
        return CheckoutSession(made["id"], leads_to)

    @property
    def _api(self) -> PayPalApi:
        address = self.sandbox_address if self.is_test_mode else self.live_address
        return PayPalApi(address, self.settings["client_id"], self.settings["client_secret"])

    def _ask(self, method: str, path: str, body: Any = None, *, key: str = "") -> dict[str, Any]:
        return self._api.ask(method, path, body, key=key)
