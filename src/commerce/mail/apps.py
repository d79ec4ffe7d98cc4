from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "commerce.mail"
