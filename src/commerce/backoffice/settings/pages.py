"""The pages of settings, gateways, registrars and the setup assistant."""

from django.utils.translation import gettext_lazy as _

from commerce.accounts.staff_rules import StaffPermission
from commerce.backoffice.base.pages import Access, MenuGroup, MenuItem, Page, PageRule, Room
from commerce.backoffice.settings import adapter_pages, service_tests, setting_pages, setup_pages
from commerce.backoffice.settings.webhooks import WebhookDeliveryAdmin, WebhookEndpointAdmin

_VIEW, _MANAGE = StaffPermission.SETTINGS_VIEW, StaffPermission.SETTINGS_MANAGE
_RULE = PageRule(_VIEW, _MANAGE)
_REGISTRAR_TEST = PageRule(_VIEW, StaffPermission.SERVERS_MANAGE)

ROOM = Room(
    records=(WebhookEndpointAdmin, WebhookDeliveryAdmin),
    pages=(
        Page("setup", setup_pages.setup_overview, "setup", PageRule(_MANAGE)),
        Page("setup/<slug:step>", setup_pages.setup_step, "setup_step", PageRule(_MANAGE, _MANAGE)),
        Page("settings", setting_pages.settings_index, "settings", PageRule(Access.ANY_STAFF)),
        Page("settings/mail/test", service_tests.mail_test, "mail_test", _RULE),
        Page("settings/dns/test", service_tests.dns_test, "dns_test", _RULE),
        Page("settings/<slug:slug>", setting_pages.settings_group, "settings_group", _RULE),
        Page("gateways", adapter_pages.gateway_list, "gateways", PageRule(_VIEW)),
        Page("gateways/<slug:slug>", adapter_pages.gateway_page, "gateway", _RULE),
        Page("gateways/<slug:slug>/switch", adapter_pages.gateway_switch, "gateway_switch", _RULE),
        Page("gateways/<slug:slug>/test", adapter_pages.gateway_test, "gateway_test", _RULE),
        Page("registrars", adapter_pages.registrar_list, "registrars", PageRule(_VIEW)),
        Page("registrars/<slug:slug>", adapter_pages.registrar_page, "registrar", _RULE),
        Page(
            "registrars/<slug:slug>/default",
            adapter_pages.registrar_default,
            "registrar_default",
            _RULE,
        ),
        Page(
            "registrars/<slug:slug>/test",
            adapter_pages.registrar_test,
            "registrar_test",
            _REGISTRAR_TEST,
        ),
    ),
    menu=(
        MenuItem(MenuGroup.SETTINGS, _("Settings"), "settings"),
        MenuItem(MenuGroup.SETTINGS, _("Setup"), "setup"),
        MenuItem(MenuGroup.SETTINGS, _("Payment gateways"), "gateways"),
        MenuItem(MenuGroup.SETTINGS, _("Registrars"), "registrars"),
    ),
)
