from django.apps import AppConfig


class DomainsConfig(AppConfig):
    name = "commerce.domains"
