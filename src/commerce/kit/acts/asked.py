"""What a remote system is asked before an act, outside of its transaction: a parameter of its action."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from commerce.kit.context import Context


@dataclass(frozen=True, slots=True)
class Asked:
    """Stands beside a parameter without a default, which no caller can forget: ``Annotated[ParentDs, Asked(…)]``.

    ``ask`` is told the record, what a person gave the act, and the context; it keeps a time limit of its own and raises
    ``BusinessError`` where nobody answers. Under its lock the action judges whom the answer is about, and its age.
    """

    ask: Callable[[Any, Mapping[str, Any], Context], Any]
