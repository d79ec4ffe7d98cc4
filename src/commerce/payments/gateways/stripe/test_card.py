"""The gateway "Test card": Stripe's adapter before a stand-in of Stripe on this machine. Only a demo has it.

No key is a secret here and no setting leads elsewhere, so that nothing of it can be switched on where money moves.
"""

from dataclasses import replace
from typing import Any, ClassVar

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from commerce.kit.errors import BusinessError
from commerce.payments.gateways.contract import CheckoutSession, InlineForm, PaymentCard
from commerce.payments.gateways.stripe.adapter import StripeGateway
from commerce.payments.gateways.test_card_double import KEYS, SLUG, address_file
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField


class _RunningDouble:
    """The address of the stand-in; one that does not run raises ``OSError``, as a gateway does that is silent."""

    def __get__(self, instance: object, owner: type) -> str:
        return address_file().read_text("ascii").strip()


class TestCardGateway(StripeGateway):
    """Pays with test numbers, which the pay page shows."""

    slug: ClassVar[str] = SLUG
    name: ClassVar[Text] = _("Test card")
    fields: ClassVar[tuple[AdapterField, ...]] = ()
    api_address = _RunningDouble()  # read when it is needed

    def __init__(self, settings: Any) -> None:
        super().__init__(KEYS)

    def test(self) -> None:
        if not settings.COMMERCE_DEMO:
            raise BusinessError("gateway.only_in_a_demo", gateway=self.name)

    def account(self) -> str:
        return "double"

    def knows_card(self, card: PaymentCard) -> bool:
        """It starts with all that the books have."""
        return True

    def inline_form(self) -> InlineForm:
        own = (self.api_address,)
        return InlineForm("stripe/test_card.html", own, own)

    def _session(self, intent: Any) -> CheckoutSession:
        session = super()._session(intent)
        script = f"{self.api_address}/js/stripe.js"
        return replace(session, inline={**session.inline, "script": script})
