"""``commerce manage openapi``: a description of the API, as it is committed in ``docs``."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from commerce.api.docs.public import DESCRIPTIONS, neutral_description_text


class Command(BaseCommand):
    help = "Print the OpenAPI description of the client API, or write it to a file."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="such as docs/openapi.json")
        parser.add_argument(
            "--api", choices=DESCRIPTIONS, default="v1", help="version of the API (v1)"
        )

    def handle(self, *args: Any, api: str, file: Path | None = None, **options: Any) -> None:
        text = neutral_description_text(api)
        if file is None:
            self.stdout.write(text, ending="")
            return
        file.write_text(text, encoding="utf-8")
        self.stdout.write(f"Wrote {file}.")
