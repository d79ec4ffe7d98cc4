"""Reading lists of gateways, in which one odd row is no reason to miss the others."""

import logging
from collections.abc import Callable, Iterable, Iterator

from commerce.kit.remote.http import NOT_UNDERSTOOD
from commerce.payments.gateways.contract import PaymentReport

log = logging.getLogger(__name__)


def read_rows[Row](
    rows: Iterable[Row], read: Callable[[Row], PaymentReport | None]
) -> Iterator[PaymentReport]:
    """What ``read`` makes of each row, those of which it makes nothing left out; staff find an odd one in the log."""
    for row in rows:
        try:
            report = read(row)
        except NOT_UNDERSTOOD:
            log.exception("A payment in the list of a gateway is not understood.")
            continue
        if report is not None:
            yield report
