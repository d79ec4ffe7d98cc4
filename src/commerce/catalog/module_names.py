"""Which modules there are that can provide a product's services: `wiring.py` connects hosting, which has them."""

from collections.abc import Callable, Sequence

from commerce.kit.errors import BusinessError

_sources: list[Callable[[], Sequence[str]]] = []


def set_module_names_source(function: Callable[[], Sequence[str]]) -> None:
    """``function()`` gives the names of all modules."""
    _sources[:] = [function]


def known_modules() -> list[str]:
    """The names of all modules."""
    return [each for source in _sources for each in source()]


def check_module(name: str) -> None:
    """Raises ``BusinessError`` for the name of a module that there is not: what it sold would be left to staff's
    hands.
    """
    if name not in (known := known_modules()):
        raise BusinessError(
            "product.module_unknown", name=name, known=", ".join(known), field="module"
        )
