from django.apps import AppConfig


class MailConfig(AppConfig):
    name = "commerce.mail"

    def ready(self) -> None:
        from commerce.jobs.registry import handles
        from commerce.jobs.rules import Priority
        from commerce.mail.sending import send_mail

        handles("mail.send", priority=Priority.MAIL)(send_mail)
