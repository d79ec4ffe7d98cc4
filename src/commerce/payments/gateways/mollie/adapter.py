"""Payments on Mollie's pages: cards, iDEAL, PayPal and more; mandates, refunds, chargebacks (payments.md 6).

Its messages say nothing but the id of a payment, and are signed by nobody: state is always asked of Mollie.
"""

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit

from django.utils.translation import gettext_lazy as _

from commerce.kit.errors import BusinessError
from commerce.kit.remote.http import (
    NOT_UNDERSTOOD,
    TOTAL_SECONDS,
    ProviderSilentError,
    understood,
)
from commerce.payments.gateways.contract import (
    VERIFY_SECONDS,
    CardReport,
    CardSetupRequest,
    CheckoutSession,
    CustomerGoneError,
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
from commerce.payments.gateways.listing import read_rows
from commerce.payments.gateways.mollie import responses
from commerce.payments.gateways.mollie.amounts import is_taken, mollie_exponent, written
from commerce.payments.gateways.mollie.client import GONE, GONE_FOR_GOOD, NOT_KNOWN, ask_mollie
from commerce.payments.gateways.mollie.names import names_of, part
from commerce.payments.gateways.mollie.pages import leads_back, locale_of, webhook_address
from commerce.payments.gateways.offline import OfflineGateway
from commerce.payments.rules import PaymentReportKind, RefundStatus
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField

log = logging.getLogger(__name__)

EMBED = "embed=refunds,chargebacks"
LONGEST_NOTICE = 1024
"""Of a message, which is the id of a payment."""
PAGE = 250
LONGEST_PAYMENT = timedelta(days=15)
"""Between making a payment and its money: a direct debit takes days, a bank transfer may take 14."""
MAX_TOLD = 140
"""Characters that a client's bank may show of a refund."""
FOR_TOP_UPS, FOR_CARDS = _("Add funds"), _("Add payment method")


class MollieGateway(OfflineGateway):
    """A website profile at Mollie, whose key it is."""

    slug: ClassVar[str] = "mollie"
    name: ClassVar[Text] = "Mollie"
    fields: ClassVar[tuple[AdapterField, ...]] = (
        AdapterField(
            "api_key",
            _("API key"),
            help=_("API key of Mollie, starting with live_ or test_"),
            required=True,
            secret=True,
            prefixes=("live_", "test_"),
        ),
        AdapterField(
            "profile_id",
            _("Profile ID"),
            help=_("Website profile that the Mollie API key must belong to, starting with pfl_"),
            prefixes=("pfl_",),
            is_of_account=False,
        ),
    )
    capabilities: ClassVar[GatewayCapabilities] = GatewayCapabilities(
        "redirect",
        saved_cards=True,
        card_setup=True,
        off_session=True,
        refund=True,
        partial_refund=True,
        refund_days=365,
        list_payments=True,
        signs_messages=False,
    )
    hosts: ClassVar[frozenset[str]] = frozenset({"www.mollie.com", "pay.mollie.com"})
    api_address: ClassVar[str] = "https://api.mollie.com"
    """No setting, so that no installation can be led elsewhere: the tests have a class of their own."""

    def supports(self, currency_code: str, amount: int) -> GatewayAmount | None:
        fits = is_taken(amount, currency_code)
        return GatewayAmount(mollie_exponent(currency_code)) if fits else None

    @property
    def is_test_mode(self) -> bool:
        key: str = self.settings["api_key"]
        return key.startswith("test_")

    def test(self) -> None:
        """Mollie accepts the key, and it is that of the profile, where one is named."""
        try:
            profile = self._ask("/v2/profiles/me")
        except KeyRefusedError as error:
            raise BusinessError("gateway.key_refused", label=self.fields[0].label) from error
        wanted = self.settings["profile_id"]
        if wanted and profile.get("id") != wanted:
            raise BusinessError("gateway.key_of_another_profile", label=self.fields[1].label)

    @understood
    def account(self) -> str:
        return str(self._ask("/v2/profiles/me")["id"])

    def knows_card(self, card: PaymentCard) -> bool:
        """Mollie tells what it has no more from what it never had."""
        customer, mandate = names_of(card)
        try:
            self._ask(f"/v2/customers/{part(customer)}/mandates/{part(mandate)}")
        except RequestRefusedError as error:
            if error.their_code not in GONE:
                raise
            return error.their_code == GONE_FOR_GOOD
        return True

    @understood
    def create_customer(self, client: GatewayClient, idempotency_key: str) -> str:
        """Made by our id alone: the same key must ask the same, though the client has another name by then."""
        about = {"metadata": {"client": str(client.id)}}
        name: str = self._ask("/v2/customers", "POST", about, key=idempotency_key)["id"]
        told = {"name": client.name, "email": client.email, **locale_of(client.locale)}
        self._ask(f"/v2/customers/{part(name)}", "PATCH", told)
        return name

    @understood
    def start(self, attempt: PaymentRequest, return_url: str) -> CheckoutSession:
        """The same attempt is the same payment, as long as Mollie remembers the key; of two the client sees one, and
        the other expires.
        """
        asked = self._payment_of(attempt) | locale_of(attempt.locale) | leads_back(return_url)
        if attempt.save_card:
            asked |= {"customerId": attempt.customer, "sequenceType": "first"}
        return self._begun(asked, attempt.idempotency_key)

    def _begun(self, asked: Mapping[str, Any], key: str) -> CheckoutSession:
        """What is asked is in the key: the same one with other words would be refused."""
        words = hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
        with self._customer_there(asked.get("customerId", "")):
            made = self._ask("/v2/payments", "POST", asked, key=f"{key} {words}")
        return CheckoutSession(made["id"], made["_links"]["checkout"]["href"])

    def _payment_of(self, attempt: PaymentRequest) -> dict[str, Any]:
        """What any payment is made of; metadata are for people there, and for the look whether it was made."""
        asked: dict[str, Any] = {
            "amount": written(attempt.amount, attempt.currency_code),
            "description": attempt.invoice_number or str(FOR_TOP_UPS),
            "metadata": {"attempt": str(attempt.id), "key": attempt.idempotency_key},
        }
        if address := webhook_address(self.slug):
            asked["webhookUrl"] = address
        return asked

    @understood
    def resume(self, reference: str) -> CheckoutSession:
        payment = self._payment(reference)
        link = (payment.get("_links") or {}).get("checkout") or {}
        is_open = payment["status"] == "open"
        return CheckoutSession(reference, link.get("href", "") if is_open else "")

    @understood
    def fetch(self, reference: str) -> PaymentReport:
        return self._report(self._payment(reference))

    @understood
    def charge_saved(self, attempt: PaymentRequest, card: PaymentCard) -> PaymentReport:
        """One that was made before is found by our key, also when Mollie has forgotten that: it does within hours. One
        that Mollie does not even try, since the mandate is gone there, has no reference. Of a customer whom it does not
        know the key tells nothing: it may be of another mode or account.
        """
        customer, mandate = names_of(card)
        try:
            made = self._charge_made(customer, attempt) or self._charge(customer, mandate, attempt)
        except RequestRefusedError:
            if self._mandate(customer, mandate) is not None:
                raise
            if self._refusal_of(customer) == NOT_KNOWN:
                raise ProviderSilentError("this customer is not known to the key") from None
            gone = _("The payment method is no longer saved at the payment provider.")
            return PaymentReport(PaymentReportKind.FAILED, "", decline="hard", reason=gone)
        return self._report(made)

    def _charge(self, customer: str, mandate: str, attempt: PaymentRequest) -> dict[str, Any]:
        asked = self._payment_of(attempt) | {
            "customerId": customer,
            "mandateId": mandate,
            "sequenceType": "recurring",
        }
        return self._ask("/v2/payments", "POST", asked, key=attempt.idempotency_key)

    def _charge_made(self, customer: str, attempt: PaymentRequest) -> responses.MollieData | None:
        """The payment of an attempt among the newest of its customer: a charge is repeated for a day at most."""
        found = self._ask(f"/v2/customers/{part(customer)}/payments?limit={PAGE}")
        same = (
            each
            for each in responses.embedded(found, "payments")
            if responses.key_of(each) == attempt.idempotency_key
        )
        return next(same, None)

    @understood
    def close(self, reference: str) -> PaymentReport:
        """Cancelled, if Mollie can: a payment on its way cannot be, and one that nobody began on is left to expire."""
        payment = self._payment(reference)
        if payment.get("isCancelable"):
            with suppress(RequestRefusedError):  # it has gone on meanwhile
                self._ask(f"/v2/payments/{part(reference)}", "DELETE")
            payment = self._payment(reference)
        if payment["status"] == "open":
            payment = payment | {"status": "expired"}
        return self._report(payment)

    @understood
    def start_card_setup(self, setup: CardSetupRequest, return_url: str) -> CheckoutSession:
        """A payment of nothing by card, which begins a series. Mollie tells nothing of it: it pays nothing of ours."""
        asked: dict[str, Any] = {
            **locale_of(setup.locale),
            **leads_back(return_url),
            "amount": written(0, "EUR"),
            "description": str(FOR_CARDS),
            "metadata": {"setup": str(setup.id)},
            "customerId": setup.customer,
            "sequenceType": "first",
            "method": "creditcard",
        }
        return self._begun(asked, setup.idempotency_key)

    @understood
    def fetch_card_setup(self, reference: str) -> CardReport:
        return responses.card_report(self._report(self._payment(reference)))

    def remove_card(self, card: PaymentCard) -> None:
        customer, mandate = names_of(card)
        try:
            self._ask(f"/v2/customers/{part(customer)}/mandates/{part(mandate)}", "DELETE")
        except RequestRefusedError as error:
            if error.their_code not in GONE:
                raise

    @understood
    def refund(self, payment: GatewayPayment, amount: int, idempotency_key: str) -> RefundResult:
        """One that was made before is found by our key, also when Mollie has forgotten that. What Mollie refuses has
        failed: more than is left, too old.
        """
        name = payment.transaction_id
        try:
            paid = self._payment(name)
            asked = {
                "amount": written(amount, payment.currency_code),
                "description": paid["description"][:MAX_TOLD],
                "metadata": {"key": idempotency_key},
            }
            made = responses.refund_of_key(paid, idempotency_key) or self._ask(
                f"/v2/payments/{part(name)}/refunds", "POST", asked, key=idempotency_key
            )
        except RequestRefusedError as error:
            return RefundResult(RefundStatus.FAILED, reason=error.reason)
        report = responses.refund_report(made)
        if (report.transaction_id, report.amount) != (name, amount):
            raise ProviderSilentError("Mollie answers with another refund")
        return RefundResult(report.state, report.refund_reference)

    @understood
    def fetch_refund(self, reference: str) -> RefundReport:
        payment, _slash, refund = reference.partition("/")
        return responses.refund_report(
            self._ask(f"/v2/payments/{part(payment)}/refunds/{part(refund)}")
        )

    def list_payments(self, since: datetime) -> Iterator[PaymentReport]:
        """Mollie lists payments by when they were made, newest first; our charges are among them, whatever became of
        them.
        """
        reports, following = self._page("", since)
        yield from reports
        while following:
            reports, following = self._page(f"&from={part(following)}", since)
            yield from reports

    @understood
    def _page(self, start: str, since: datetime) -> tuple[list[PaymentReport], str]:
        """Those of one page that count, and where the next page begins; nowhere after what is too old."""
        found = self._ask(f"/v2/payments?limit={PAGE}{start}")
        payments = responses.embedded(found, "payments")
        reports = list(read_rows(payments, lambda one: self._listed(one, since)))
        link = (found.get("_links") or {}).get("next")
        if not link or any(responses.is_old(one, since - LONGEST_PAYMENT) for one in payments):
            return reports, ""
        return reports, parse_qs(urlsplit(link["href"]).query)["from"][0]

    def _listed(self, payment: responses.MollieData, since: datetime) -> PaymentReport | None:
        """Only of a payment that may have saved a card more is asked."""
        if responses.is_old(payment, since - LONGEST_PAYMENT) or not responses.is_listed(
            payment, since
        ):
            return None
        is_first = payment.get("sequenceType") == "first"
        return self._report(payment) if is_first else responses.payment_report(payment)

    def claimed_reference(self, body: bytes) -> str:
        is_short = len(body) <= LONGEST_NOTICE  # to take apart what anybody sends costs time
        return parse_qs(body.decode("ascii", "replace") if is_short else "").get("id", [""])[0]

    @understood
    def verify(self, headers: Mapping[str, str], body: bytes) -> VerifiedEvent:
        reference = self.claimed_reference(body)
        if not self.settings["api_key"] or not reference:
            raise BusinessError("gateway_event.signature_not_valid")
        payment = self._payment(reference, seconds=VERIFY_SECONDS)
        return VerifiedEvent(f"{reference} {responses.state_of(payment)}", payment["status"], body)

    @understood
    def interpret(self, event: VerifiedEvent) -> Sequence[GatewayReport]:
        payment = self._payment(self.claimed_reference(event.body))
        return [self._report(payment), *responses.reports_beside(payment)]

    def _payment(self, reference: str, *, seconds: float = TOTAL_SECONDS) -> dict[str, Any]:
        found = self._ask(f"/v2/payments/{part(reference)}?{EMBED}", seconds=seconds)
        if found.get("id") != reference or not isinstance(found.get("status"), str):
            raise ProviderSilentError("the answer is not about this payment")
        return found

    def _report(self, payment: responses.MollieData) -> PaymentReport:
        """What became of a payment, with the card or account that Mollie keeps of it, once there is one."""
        card, customer, mandate = None, payment.get("customerId"), payment.get("mandateId")
        if customer and mandate and payment["status"] == "paid":
            card = self._card_of(customer, mandate)
        return responses.payment_report(payment, card)

    def _card_of(self, customer: str, mandate: str) -> PaymentCard | None:
        """What was saved with a payment, as far as Mollie tells it: money is booked without it as well."""
        try:
            return self._mandate(customer, mandate)
        except (RequestRefusedError, *NOT_UNDERSTOOD) as error:
            log.warning("The mandate of a payment cannot be read: %s", type(error).__name__)
            return None

    def _mandate(self, customer: str, mandate: str) -> PaymentCard | None:
        """What can be charged by a mandate; ``None`` if it is gone there."""
        try:
            found = self._ask(f"/v2/customers/{part(customer)}/mandates/{part(mandate)}")
        except RequestRefusedError as error:
            if error.their_code not in GONE:
                raise
            return None
        return responses.saved_card(found, f"{customer}/{mandate}")

    @contextmanager
    def _customer_there(self, customer: str) -> Iterator[None]:
        """A call that is refused since Mollie does not have this customer, or not any more, says so."""
        try:
            yield
        except RequestRefusedError as error:
            if customer and self._refusal_of(customer) in GONE:
                raise CustomerGoneError(error.reason) from error
            raise

    def _refusal_of(self, customer: str) -> str:
        """The code with which Mollie refuses to tell of a customer; empty for one who is there."""
        try:
            self._ask(f"/v2/customers/{part(customer)}")
        except RequestRefusedError as error:
            return error.their_code
        return ""

    def _ask(
        self,
        path: str,
        method: str = "GET",
        sent: Mapping[str, Any] | None = None,
        *,
        key: str = "",
        seconds: float = TOTAL_SECONDS,
    ) -> dict[str, Any]:
        url = f"{self.api_address}{path}"
        return ask_mollie(self.settings["api_key"], url, method, sent, key=key, seconds=seconds)
