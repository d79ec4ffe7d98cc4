"""What PayPal is told for its own pages: the payer's language, and where they come back to."""

LOCALES = {
    "ar": "ar-EG",
    "de": "de-DE",
    "en": "en-US",
    "es": "es-ES",
    "fr": "fr-FR",
    "nl": "nl-NL",
}
"""PayPal's pages by language of ours."""


def experience(return_url: str, locale: str) -> dict[str, str]:
    """What the payer sees at PayPal, and where it sends them back to."""
    return {
        "return_url": return_url,
        "cancel_url": f"{return_url}?canceled=1",
        "shipping_preference": "NO_SHIPPING",
        "locale": LOCALES.get(locale, "en-US"),
    }
