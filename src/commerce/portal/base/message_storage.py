"""Where messages to a person wait for the next page: in a cookie of this host alone; long ones in the session."""

from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class HostCookieStorage(CookieStorage):
    """Django's, under a name that binds it to this host; Django has no setting for the name."""

    cookie_name = "__Host-commerce_messages"


class MessageStorage(FallbackStorage):
    """In the cookie as long as there is room."""

    storage_classes = (HostCookieStorage, SessionStorage)
