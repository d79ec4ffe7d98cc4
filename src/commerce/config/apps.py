from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "commerce.config"

    def ready(self) -> None:
        from commerce import reactions
        from commerce.config import checks, production  # noqa: F401 - registers them

        reactions.register()
