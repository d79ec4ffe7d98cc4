"""Manual: cash, checks and what else reaches staff; no page of clients offers it (payments.md 6)."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from commerce.payments.gateways.contract import GatewayCapabilities
from commerce.payments.gateways.offline import OfflineGateway
from commerce.payments.rules import PaymentMethod
from commerce.presentation.labels import Text
from commerce.site_settings.adapter_fields import AdapterField


class ManualGateway(OfflineGateway):
    """Money that staff took; it needs no setting and is always there."""

    slug: ClassVar[str] = "manual"
    name: ClassVar[Text] = _("Manual")
    fields: ClassVar[tuple[AdapterField, ...]] = ()
    capabilities: ClassVar[GatewayCapabilities] = GatewayCapabilities(
        "staff", expires=False, methods=frozenset(PaymentMethod) - {PaymentMethod.BANK_TRANSFER}
    )
