"""Numbers as arguments and options take them."""

from typing import Any

import click

from commerce.kit.typed_numbers import parse_whole


class WholeNumber(click.IntRange):
    """A whole number in ASCII digits, within bounds; click's own takes ``1_000`` and digits of other scripts."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str):
            try:
                value = parse_whole(value)
            except ValueError as wrong:
                self.fail(str(wrong), param, ctx)
        return super().convert(value, param, ctx)
