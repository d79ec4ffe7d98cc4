"""What follows from what: the only list of side effects across apps.

An action publishes its event in its own transaction (``jobs.events.publish``). Each function listed here then runs as
one job: after commit, in a transaction of its own, tried again when it fails, parked for staff when it fails for good.
It is called as ``(event, at, actor)``, may run long after the event, and so looks at what is true now. No network in
it: a reaction that needs some queues a job for that.

    InvoicePaid: [orders.actions.activate_paid_order],
"""

from collections.abc import Mapping, Sequence

from commerce.jobs import events
from commerce.jobs.events import Reaction


def reactions() -> Mapping[type, Sequence[Reaction]]:
    """Event by event, what follows from it. A function, since models are there only when the apps are ready."""
    return {}


def register() -> None:
    """Make the list known, when the apps are ready."""
    events.register(reactions())
