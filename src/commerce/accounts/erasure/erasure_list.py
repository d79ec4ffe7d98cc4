"""The list of erasures beside the database, ids and dates only: a backup that is restored knows none of those since.

One line for each client, such as ``17 2027-04-08``. It stands in the data folder and beside the backups.
"""

import os
import secrets
from datetime import date
from pathlib import Path

from django.conf import settings

from commerce.accounts.models import Erasure
from commerce.site_settings.current import business_date

ERASURE_LIST_FILE = "erasures.txt"

type ErasureDays = dict[int, date]
"""On which day each client was erased, by id."""


def erasure_days() -> ErasureDays:
    """Those that the database knows."""
    done = Erasure.objects.done().values_list("client_id", "ended_at")
    return {client_id: business_date(at) for client_id, at in done if at is not None}


def read_erasure_list(folder: Path) -> ErasureDays:
    """Those of the list in a folder; none where there is no list. Raises ``ValueError`` for what is no list."""
    try:
        text = (folder / ERASURE_LIST_FILE).read_text("ascii")
    except FileNotFoundError:
        return {}
    lines = [line.split() for line in text.splitlines() if line.strip()]
    return {int(client_id): date.fromisoformat(day) for client_id, day in lines}


def write_erasure_list(folder: Path | None = None) -> None:
    """Write the list into a folder, by itself the data folder: what the database knows, and what is in it already."""
    folder = folder or settings.COMMERCE_DATA_DIR
    known = read_erasure_list(folder) | erasure_days()
    if not known:
        return
    lines = "".join(f"{client_id} {day}\n" for client_id, day in sorted(known.items()))
    draft = folder / f".{ERASURE_LIST_FILE}.{secrets.token_hex(4)}"
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(folder / ERASURE_LIST_FILE)
