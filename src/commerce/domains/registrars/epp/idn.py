"""The language of a name with letters of its own, as a registry wants to be told it."""

from collections.abc import Callable, Collection

from epptools.frame import Frame

from commerce.domains.registrars.contract import RegistrarProblem
from commerce.domains.registrars.epp.connection import LANGUAGE_TABLE, LANGUAGE_TAG
from commerce.domains.registrars.idn_languages import is_idn, needed_idn_language
from commerce.domains.registrars.operations import RegistrarError
from commerce.presentation.idn import readable_name

VERISIGN = "com"
"""An ending whose codes of languages are Verisign's, who made the extension."""


def language_of(
    name: str, extends: Callable[[str], bool], idn_tlds: Collection[str]
) -> Callable[[Frame], None] | None:
    """What tells it, if the registry has an extension for that; it needs none under ``idn_tlds``, as its settings say.

    Raises ``RegistrarError`` for a name that the registry would refuse.
    """
    label, _dot, tld = name.partition(".")
    if not is_idn(label):
        return None
    if extends(LANGUAGE_TAG):
        tag = needed_idn_language(label, VERISIGN, "a language").upper()
        return lambda frame: _append_tag(frame, tag)
    if extends(LANGUAGE_TABLE):
        table = needed_idn_language(label, tld, "a language")
        return lambda frame: _append_table(frame, table, name)
    if tld not in idn_tlds:
        raise RegistrarError(
            RegistrarProblem.REFUSED,
            f"The registry announces no extension for the language of {name}, and .{tld} isn't in"
            " registrar.epp.idn_tlds.",
        )
    return None


def _append_tag(frame: Frame, tag: str) -> None:
    frame.ns(frame.extension(), LANGUAGE_TAG, "idnLang:tag", tag)


def _append_table(frame: Frame, table: str, name: str) -> None:
    data = frame.ns(frame.extension(), LANGUAGE_TABLE, "idn:data")
    frame.ns(data, LANGUAGE_TABLE, "idn:table", table)
    frame.ns(data, LANGUAGE_TABLE, "idn:uname", readable_name(name))
