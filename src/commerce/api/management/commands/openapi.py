"""``commerce manage openapi``: the description of the API, as it is committed in ``docs/openapi.json``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from commerce.api.docs.public import neutral_description_text


class Command(BaseCommand):
    help = "Print the OpenAPI description of the client API, or write it to a file."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="such as docs/openapi.json")

    def handle(self, *args: Any, file: Path | None = None, **options: Any) -> None:
        if file is None:
            self.stdout.write(neutral_description_text(), ending="")
            return
        file.write_text(neutral_description_text(), encoding="utf-8")
        self.stdout.write(f"Wrote {file}.")
