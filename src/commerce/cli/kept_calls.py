"""Calls to servers, registrars and name servers, as commands print them."""

from collections.abc import Iterable
from typing import Any

import click

from commerce.cli.output import print_list

limit_option = click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)


def print_calls(found: Iterable[Any], *, as_json: bool) -> None:
    """What was asked and answered; a table has less of it."""
    records = [
        {
            "at": call.at,
            "job": call.job_id,
            "call": f"{call.method} {call.path}",
            "status": call.status or None,
            "milliseconds": call.milliseconds,
            "request": call.request,
            "answer": call.answer,
        }
        for call in found
    ]
    table = [{key: one[key] for key in ("at", "call", "status", "milliseconds")} for one in records]
    print_list(records, as_json=as_json, none="No calls.", table=table)
