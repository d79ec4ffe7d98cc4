"""`commerce client compare`: what a backup has of one client, beside today."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from commerce.accounts.data_export.archive import client_records
from commerce.accounts.finding import find_client
from commerce.cli.databases.scratch_installation import newest_backup, restored_backup
from commerce.cli.output import json_option, json_text, print_list
from commerce.config import console

type _Tables = dict[str, list[dict[str, Any]]]


@click.command()
@click.argument("client", metavar="CLIENT")
@click.argument("file", type=click.Path(path_type=Path, exists=True))
@json_option
def compare(*, client: str, file: Path, as_json: bool) -> None:
    """Show what has changed of CLIENT (ID or billing email) since a backup.

    FILE is a backup, or a folder whose newest backup is used. It is restored into a scratch database, as `commerce
    rehearse` does, and deleted afterwards; nothing is changed. Lists each record that was changed, added, or is gone,
    with its former values, to put them back with the usual commands.
    """
    client_id = find_client(client).pk
    with restored_backup(newest_backup(file)) as (manifest, scratch):
        before: _Tables = json.loads(scratch.run("client", "show", str(client_id), "--everything"))
    now: _Tables = json.loads(json_text(client_records(client_id)))
    console.print_message(f"Client {client_id} since {manifest.made_at}:")
    found = [one for kind in now for one in _differences(kind, before.get(kind, []), now[kind])]
    print_list(found, as_json=as_json, none="No differences.")


def _differences(
    kind: str, before: list[dict[str, Any]], now: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Of the records of one kind: each field that is another, and all of those that are gone."""
    was, is_now = _by_id(before), _by_id(now)
    for key in sorted({**was, **is_now}):
        record = f"{kind} {key}"
        old, new = was.get(key), is_now.get(key)
        if old is None:
            yield {"record": record, "change": "added", "field": "", "backup": "", "today": ""}
            continue
        for field, value in old.items():
            today = new.get(field) if new else None
            if value != today:
                change = "changed" if new else "gone"
                said = {"backup": value, "today": today}
                yield {"record": record, "change": change, "field": field, **said}


def _by_id(rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Those without an id are told apart by their place."""
    return {row.get("id", place): row for place, row in enumerate(rows, 1)}
