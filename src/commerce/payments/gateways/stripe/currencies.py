"""How Stripe counts: its currencies, their decimals there, and what it takes at least and at most."""

from commerce.kit.money import currency_exponent, rescale

CURRENCIES = frozenset(
    """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
    CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY
    KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO
    NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD SZL THB TJS TND
    TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW
    """.split()
)

_WHOLE = frozenset("BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split())
_THOUSANDTHS = frozenset("BHD JOD KWD OMR TND".split())

_LEAST = {
    **dict.fromkeys("USD AUD BRL CAD CHF EUR INR NZD SGD".split(), 50),
    "AED": 200,
    "CZK": 1500,
    "DKK": 250,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17500,
    "JPY": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "THB": 1000,
}
"""In units of Stripe's. For others it depends on the currency in which Stripe pays out, so it says it itself."""
_MOST = 99_999_999


def stripe_exponent(currency_code: str) -> int:
    """The decimals that Stripe counts a currency in: 2 for ISK and UGX, whose amounts must end in 00 there."""
    return 0 if currency_code in _WHOLE else 3 if currency_code in _THOUSANDTHS else 2


def to_units(amount: int, currency_code: str) -> int:
    """Minor units of ours as Stripe counts them. Raises ``ValueError`` if that loses anything."""
    return rescale(amount, currency_exponent(currency_code), stripe_exponent(currency_code))


def from_units(units: int, currency_code: str) -> int:
    """What Stripe counts in minor units of ours."""
    return rescale(units, stripe_exponent(currency_code), currency_exponent(currency_code))


def is_charged(amount: int, currency_code: str) -> bool:
    """Whether Stripe charges cards with exactly this amount."""
    if currency_code not in CURRENCIES:
        return False
    try:
        units = to_units(amount, currency_code)
    except ValueError:
        return False
    step = 10 if currency_code in _THOUSANDTHS else 1
    return _LEAST.get(currency_code, 1) <= units <= _MOST and units % step == 0
