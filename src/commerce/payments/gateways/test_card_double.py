"""What the gateway "Test card" and the demo agree on: where Stripe's stand-in is, and keys that open nothing."""

from pathlib import Path

from django.conf import settings

SLUG = "test_card"
KEYS = {
    "publishable_key": "pk_test_double",
    "secret_key": "sk_test_double",
    "webhook_secret": "whsec_double",
}


def address_file() -> Path:
    """Holds the address of the stand-in while that runs."""
    folder: Path = settings.COMMERCE_DATA_DIR
    return folder / "stripe-double"
