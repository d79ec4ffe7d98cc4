"""Countries of ISO 3166-1 for the pages."""

from commerce.accounts.countries import COUNTRIES, choices

__all__ = ["COUNTRIES", "choices"]
