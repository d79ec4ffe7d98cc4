"""What Stripe reads: forms with brackets, ``metadata[attempt]=7`` and ``expand[0]=latest_charge``."""

import re
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl

from commerce.demo.stripe_double.errors import ApiError

type Params = dict[str, Any]

_PARTS = re.compile(r"\[([^\[\]]*)\]")


def parse_form(text: str) -> Params:
    """A form or query as nested values; members with numbers, or without a name, are lists."""
    parsed: Params = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        name, bracket, _ = key.partition("[")
        path = [name, *(_PARTS.findall(key) if bracket else ())]
        inner = parsed
        for part, following in pairwise(path):
            empty: Any = [] if _is_index(following) else {}
            inner = _member(inner, part, empty)
        _put(inner, path[-1], value)
    return parsed


def _is_index(part: str) -> bool:
    return part == "" or part.isdecimal()


def _member(container: Any, part: str, empty: Any) -> Any:
    if isinstance(container, list):
        container.append(empty)
        return empty
    return container.setdefault(part, empty)


def _put(container: Any, part: str, value: str) -> None:
    if isinstance(container, list):
        container.append(value)
    else:
        container[part] = value


def check_names(params: Params, known: str) -> None:
    """Stripe refuses what it does not know. Raises ``ApiError``."""
    for name in params:
        if name == "payment_method_types":
            raise ApiError(
                400,
                "`payment_method_types` is no longer supported.",
                code="payment_method_types_no_longer_supported",
                param=name,
            )
        if name not in {*known.split(), "expand"}:
            raise ApiError(
                400, f"Received unknown parameter: {name}", code="parameter_unknown", param=name
            )


def required(params: Params, name: str) -> str:
    """Raises ``ApiError`` for a parameter that is missing."""
    if not (value := params.get(name)):
        raise ApiError(
            400, f"Missing required param: {name}.", code="parameter_missing", param=name
        )
    return str(value)


def whole_number(params: Params, name: str) -> int:
    """Raises ``ApiError`` for what is no whole number."""
    text = required(params, name)
    if not text.isdecimal() or int(text) == 0:
        raise ApiError(
            400, f"Invalid positive integer: {text}", code="parameter_invalid_integer", param=name
        )
    return int(text)


def is_true(params: Params, name: str) -> bool:
    return bool(params.get(name) == "true")
