"""What acts are called with whose ``example`` says it, for ``cases``: of a record as it mostly is."""

import shlex
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import batched
from typing import Any

from commerce.accounts.models import Client
from commerce.billing.models import Invoice
from commerce.domains.models import Domain
from commerce.hosting.models import Service
from commerce.kit.acts.act import Act, all_acts
from commerce.kit.context import SYSTEM, Context
from commerce.orders.models import Order
from commerce.record_acts import domains, money, sales
from tests import make

CTX = Context(make.AT + timedelta(days=60), SYSTEM)

LOADED = (domains, money, sales)
"""Lists of acts, which load the acts themselves."""

MAKERS: dict[Any, Callable[[Client], Any]] = {
    Service: make.make_service,
    Domain: make.make_domain,
    Invoice: make.make_invoice,
    Order: make.make_order,
}


def typed_values(act: Act[Any], record: Any) -> Iterator[tuple[str, Any]]:
    """The options of its example; each is typed once."""
    _kind, _verb, _record, *options = shlex.split(act.example)
    for option, text in batched(options, 2, strict=True):
        name = option.removeprefix("--").replace("-", "_")
        yield name, act.parameters[name].input.from_text(text, record)


def case_of(act: Act[Any]) -> Callable[[Client], Callable[[], object]]:
    def prepare(client: Client) -> Callable[[], object]:
        record = MAKERS[act.record](client)
        return lambda: act.call(record, dict(typed_values(act, record)), CTX)

    return prepare


OF_OTHERS = {"service.paid_elsewhere"}
"""Their examples are of records with other days."""

CASES = {
    f"{act.action.__module__.split('.')[1]}.{act.action.__name__}": case_of(act)
    for act in all_acts()
    if act.example and act.record in MAKERS and act.key not in OF_OTHERS
}
