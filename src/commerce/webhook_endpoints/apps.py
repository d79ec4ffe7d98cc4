from django.apps import AppConfig


class WebhookEndpointsConfig(AppConfig):
    name = "commerce.webhook_endpoints"
