from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "commerce.mail"

    def ready(self) -> None:
        from commerce.jobs.registry import handles
        from commerce.mail.sending import send_mail

        handles("mail.send")(send_mail)
