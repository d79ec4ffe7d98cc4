"""The standard rates of VAT and of taxes like it: what a company is proposed when it sets up its own tax rule."""

STANDARD_RATES_AS_OF = "January 2026"

STANDARD_RATES: dict[str, tuple[int, str]] = {
    **dict.fromkeys(("AT", "BG", "FR", "GB"), (20_000, "VAT")),
    **dict.fromkeys(("BE", "CZ", "ES", "LT", "LV", "NL", "RO"), (21_000, "VAT")),
    **dict.fromkeys(("IT", "SI"), (22_000, "VAT")),
    **dict.fromkeys(("IE", "PL", "PT", "SK"), (23_000, "VAT")),
    **dict.fromkeys(("EE", "GR", "IS"), (24_000, "VAT")),
    **dict.fromkeys(("DK", "HR", "NO", "SE"), (25_000, "VAT")),
    **dict.fromkeys(("CY", "DE"), (19_000, "VAT")),
    **dict.fromkeys(("CH", "LI"), (8_100, "VAT")),
    "FI": (25_500, "VAT"),
    "HU": (27_000, "VAT"),
    "LU": (17_000, "VAT"),
    "MT": (18_000, "VAT"),
    "ZA": (15_000, "VAT"),
    "AU": (10_000, "GST"),
    "NZ": (15_000, "GST"),
    "SG": (9_000, "GST"),
}
"""By country: thousandths of a percentage, and what invoices call the tax."""
