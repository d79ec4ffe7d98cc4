from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "commerce.accounts"

    def ready(self) -> None:
        from commerce.accounts.countries import check_country
        from commerce.preferences.conditions import must_hold

        must_hold("company.country", check_country)
