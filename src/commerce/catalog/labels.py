"""Words of the catalog for choices, as staff see them."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from commerce.catalog.exchange_rates.rules import RateSource
from commerce.catalog.rules import OptionType, ProductActivation, ProductStatus, ProductType

OPTION_TYPE_LABELS: Mapping[str, Promise] = {
    OptionType.DROPDOWN: _("Dropdown"),
    OptionType.RADIO: _("Radio buttons"),
    OptionType.CHECKBOX: _("Checkbox"),
    OptionType.QUANTITY: _("Quantity"),
}
RATE_SOURCE_LABELS: Mapping[str, Promise] = {
    RateSource.MANUAL: _("Set by hand"),
    RateSource.ECB: _("European Central Bank"),
}
PRODUCT_STATUS_LABELS: Mapping[str, Promise] = {
    ProductStatus.ACTIVE: pgettext_lazy("product", "Active"),
    ProductStatus.HIDDEN: pgettext_lazy("product", "Hidden: available by direct link"),
    ProductStatus.RETIRED: pgettext_lazy("product", "Retired: no new orders"),
}
PRODUCT_TYPE_LABELS: Mapping[str, Promise] = {
    ProductType.HOSTING: _("Hosting"),
    ProductType.OTHER: _("Other services"),
    ProductType.DOMAIN: _("Domains"),
}
ACTIVATION_LABELS: Mapping[str, Promise] = {
    ProductActivation.MANUAL: _("By staff"),
    ProductActivation.IMMEDIATE: _("With the order"),
}
