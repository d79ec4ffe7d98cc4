"""The rights of consumers: proposed where they have them, and switched on by nobody who has not read what they do."""

from commerce.site_settings.consumer_definitions import EU_AND_EEA
from commerce.site_settings.current import get_setting

ENABLED_KEY = "consumer.enabled"


def has_consumer_rights() -> bool:
    """Whether the law of the company's country gives consumers rights that we can carry out: in the EU and EEA."""
    return get_setting("company.country") in EU_AND_EEA


def are_rights_proposed() -> bool:
    """The same, as long as they are off."""
    return has_consumer_rights() and not get_setting(ENABLED_KEY)
