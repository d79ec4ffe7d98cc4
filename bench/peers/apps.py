"""The product's tables as models and nothing else: without what its own apps start when they are ready."""

from django.apps import AppConfig


class Audit(AppConfig):
    name = "commerce.audit"


class Preferences(AppConfig):
    name = "commerce.preferences"


class Accounts(AppConfig):
    name = "commerce.accounts"


class Catalog(AppConfig):
    name = "commerce.catalog"


class Hosting(AppConfig):
    name = "commerce.hosting"


class Mail(AppConfig):
    name = "commerce.mail"
