"""The product's tables as models and nothing else: without what its own apps start when they are ready."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "commerce.audit"


class SiteSettingsConfig(AppConfig):
    name = "commerce.site_settings"


class AccountsConfig(AppConfig):
    name = "commerce.accounts"


class CatalogConfig(AppConfig):
    name = "commerce.catalog"


class HostingConfig(AppConfig):
    name = "commerce.hosting"


class MailConfig(AppConfig):
    name = "commerce.mail"
