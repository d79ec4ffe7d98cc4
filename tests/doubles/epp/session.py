"""What a client has said in its session, and a command of it."""

from dataclasses import dataclass, field
from decimal import Decimal

from tests.doubles.epp.frames import NAMESPACES, Element, EppError, find, text_of
from tests.doubles.epp.registry import EppRegistry


@dataclass(slots=True)
class EppSession:
    """Who is logged in, with what."""

    registrar: str = ""
    services: set[str] = field(default_factory=set)
    extensions: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Command:
    """One command: its object's element, and what extends it."""

    registry: EppRegistry
    session: EppSession
    content: Element
    extension: Element
    operation: str = ""

    @property
    def registrar(self) -> str:
        return self.session.registrar

    def text(self, path: str, default: str = "") -> str:
        return text_of(self.content, path, default)

    def extended(self, path: str) -> Element:
        """An element of the extension, or ``None``. Raises ``EppError`` 2103 if it was not announced."""
        found = None if self.extension is None else find(self.extension, path)
        if found is not None and path.partition(":")[0] not in self.session.extensions:
            raise EppError(2103)
        return found

    def check_extensions(self) -> None:
        """Raises ``EppError`` for an extension that this registry does not have, or that was not announced."""
        known = {NAMESPACES[name] for name in self.session.extensions}
        for element in () if self.extension is None else self.extension:
            if element.tag[1:].partition("}")[0] not in known:
                raise EppError(2103)


@dataclass(slots=True)
class Answer:
    """What a command answers."""

    code: int = 1000
    data: Element = None
    extensions: list[Element] = field(default_factory=list)
    queue: Element = None


def agreed_fee(command: Command, element: str, name: str, years: int = 1) -> Decimal | None:
    """What the client agrees to pay, if it says so. Raises ``EppError`` where that is too little, or has to be said."""
    registry = command.registry
    price = registry.premium.get(name, registry.price) * years
    said = command.extended(f"fee:{element}")
    if said is None:
        if name in registry.premium:
            raise EppError(2003, "The fee of a premium name has to be agreed to")
        return None
    if text_of(said, "fee:currency", registry.currency) != registry.currency:
        raise EppError(2004, "Not in this currency")
    if Decimal(text_of(said, "fee:fee", "0")) < price:
        raise EppError(2004, "The fee is higher")
    return price
