"""The description of the API, made from the routes that serve it."""

from collections.abc import Callable
from typing import Any

from commerce.api.replies import Reply

PUBLIC: dict[str, Callable[[dict[str, Any]], Reply]] = {}
