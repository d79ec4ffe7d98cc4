"""No cell that we write is a formula to a spreadsheet, and numbers stay numbers (X17)."""

import pytest

from commerce.kit.text import csv_original, csv_safe

HOSTILE = (
    "=1+1",
    '=HYPERLINK("https://evil.example")',
    "+49 301234",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "--5",
    "-",
    "@SUM(A1:A9)",
    "\t=1+1",
    "\r=1+1",
    "-1,5",
    "+1e5",
    "-5.",
    "-.5",
    "-5\n",
    "-١",
)
PLAIN = ("", "INV-0001", "5.00", "-5.00", "+7", "-500", "1.234", "'=1", "a=b", " =1", "2026-04-08")


@pytest.mark.parametrize("text", HOSTILE)
def test_x17_what_starts_a_formula_is_text(text: str) -> None:
    assert csv_safe(text) == f"'{text}"


@pytest.mark.parametrize("text", PLAIN)
def test_x17_what_does_not_is_as_it_was(text: str) -> None:
    assert csv_safe(text) == text


@pytest.mark.parametrize("text", [text for text in (*HOSTILE, *PLAIN) if text != "'=1"])
def test_what_was_written_is_read_back(text: str) -> None:
    assert csv_original(csv_safe(text)) == text


@pytest.mark.parametrize("cell", ["'=1x", "'+49 301234"])
def test_a_cell_that_was_defused_loses_its_mark(cell: str) -> None:
    assert csv_original(cell) == cell[1:]


@pytest.mark.parametrize("cell", ["", "'", "'t Hart", "'12", "'-5.00", "=1", "a=1"])
def test_any_other_cell_is_read_as_it_is(cell: str) -> None:
    assert csv_original(cell) == cell
