"""What must hold of a setting beyond its form: here among settings; apps above add theirs when they are ready."""

import re
from collections.abc import Callable
from itertools import zip_longest
from typing import Any

from commerce.kit.errors import Refused
from commerce.preferences.current import get
from commerce.preferences.keys import KEYS
from commerce.preferences.models import Picture

type Condition = Callable[[Any], None]

_CONDITIONS: dict[str, list[Condition]] = {}


def must_hold(key: str, condition: Condition) -> None:
    """Have ``condition`` look at each new value of a key, besides those that do so; it raises ``Refused``."""
    _CONDITIONS.setdefault(key, []).append(condition)


def check(key: str, value: Any) -> None:
    """Raises ``Refused`` with the reason why a key cannot have this value."""
    for condition in _CONDITIONS.get(key, ()):
        condition(value)


def _year_in(*, resets: bool, prefix: str) -> None:
    """Numbers that start anew each year need the year in their prefix, or they would come twice (billing.md 4)."""
    if resets and "{YYYY}" not in prefix:
        raise Refused("With a yearly reset the prefix of invoices needs {YYYY}.")


def _distinct(one: str, other: str) -> None:
    """An invoice and a credit note must not be able to get the same number."""
    pairs = zip_longest(_shape(one), _shape(other), fillvalue="")
    if all(a == b or ({a, b} & {"#"} and (a + b).strip("#").isdigit()) for a, b in pairs):
        raise Refused(
            "Invoices and credit notes would get the same numbers; give a prefix of other letters."
        )


def _shape(prefix: str) -> str:
    """A prefix with ``#`` for digits that change; those at its end run into the number and say nothing."""
    return re.sub(r"[0-9#]+$", "", prefix.replace("{YYYY}", "####").replace("{MM}", "##"))


def _offered(default: str, enabled: list[str]) -> None:
    """Nobody is left without a language."""
    if default not in enabled:
        raise Refused(f"The default language {default} must be among locale.enabled.")


def _is_kept(name: str) -> None:
    """A picture that was replaced is gone."""
    if name and not Picture.objects.filter(pk=name).exists():
        raise Refused("There is no such picture. `commerce setting upload` takes its file.")


for _key in (key for key, known in KEYS.items() if known.picture):
    must_hold(_key, _is_kept)
must_hold("locale.default", lambda value: _offered(value, get("locale.enabled")))
must_hold("locale.enabled", lambda value: _offered(get("locale.default"), value))
must_hold(
    "billing.invoice_yearly_reset",
    lambda value: _year_in(resets=value, prefix=get("billing.invoice_prefix")),
)
must_hold(
    "billing.invoice_prefix",
    lambda value: _year_in(resets=get("billing.invoice_yearly_reset"), prefix=value),
)
must_hold(
    "billing.invoice_prefix", lambda value: _distinct(value, get("billing.credit_note_prefix"))
)
must_hold(
    "billing.credit_note_prefix", lambda value: _distinct(value, get("billing.invoice_prefix"))
)
