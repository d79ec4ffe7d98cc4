from django.apps import AppConfig


class SiteSettingsConfig(AppConfig):
    name = "commerce.site_settings"
