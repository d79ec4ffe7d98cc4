"""What the code says of the specification can be followed: each section and each number is in `docs/spec/`."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.house.source import ROOT, tracked

SPEC = ROOT / "docs" / "spec"
DECISIONS = ROOT / "docs" / "decisions"
READ = {"src", "tests", "docs", "tools", "bench"}
"""Where something refers to the specification, beside the pages at the top."""

NUMBER = r"\d+(?:\.\d+)*"
INVARIANT = re.compile(r"(?<![\w+.:/#&\"'-])[MURSTXO]\d{1,2}(?![\w.:/])")
SECTION = re.compile(
    rf"(?<![\w/.-])`?([A-Za-z][\w-]*\.md)`?,?\s+(?:[#*]\s+)?({NUMBER}(?:(?:, | and | to ){NUMBER})*)(?![\w%])"
)
DECISION = re.compile(r"\bdecisions? (\d{1,4})\b")

type References = Iterator[tuple[int, str]]
"""Where in a text each reference that leads nowhere stands, and what it says."""


@cache
def sections(page: str) -> set[str]:
    """The sections of a page: its numbered headings, and ``2.9`` for the ninth point of a list in the second."""
    path, found, inside = SPEC / page, set[str](), ""
    for line in path.read_text("utf-8").splitlines() if path.exists() else ():
        if heading := re.match(rf"##+ ({NUMBER})\.? ", line):
            inside = heading[1]
            found.add(inside)
        elif inside and (point := re.match(r"(\d+)\. ", line)):
            found.add(f"{inside}.{point[1]}")
    return found


@cache
def invariants() -> set[str]:
    """``M5`` and its like: rows of the tables, and the two that stand in a sentence."""
    page = (SPEC / "invariants.md").read_text("utf-8")
    return set(re.findall(r"(?:^\| |\*\*)([A-Z]\d+)(?: \||\*\*:)", page, re.MULTILINE))


@cache
def decisions() -> set[int]:
    return {int(path.name[:4]) for path in DECISIONS.glob("*.md")}


def lost_references(text: str) -> References:
    for match in SECTION.finditer(text):
        known = sections(match[1])
        if any(number not in known for number in re.findall(NUMBER, match[2])):
            yield match.start(), match[0]
    for match in INVARIANT.finditer(text):
        if match[0] not in invariants():
            yield match.start(), match[0]
    for match in DECISION.finditer(text):
        if int(match[1]) not in decisions():
            yield match.start(), match[0]


def readers() -> list[Path]:
    """The files that may refer to the specification, this one aside."""
    return [
        path
        for path in tracked()
        if path.suffix in (".py", ".md", ".txt", ".html", ".typ")
        and (path.parent == ROOT or path.relative_to(ROOT).parts[0] in READ)
        and path != Path(__file__)
    ]


def test_each_reference_to_the_specification_leads_somewhere() -> None:
    texts = {path: path.read_text("utf-8") for path in readers()}
    lost = [
        f"{path.relative_to(ROOT)}:{text.count('\n', 0, start) + 1}: {words}"
        for path, text in texts.items()
        for start, words in lost_references(text)
    ]
    assert lost == []


@pytest.mark.parametrize(
    "words",
    [
        "(billing.md 8, M18)",
        "`payments.md` 2.9 and 3",
        "accounts.md 4 to 6",
        "invariants.md, O3",
        "decision 84",
    ],
)
def test_what_leads_somewhere_is_not_lost(words: str) -> None:
    assert list(lost_references(words)) == []


@pytest.mark.parametrize(
    "words",
    [
        "billing.md 88",
        "`payments.md` 2.99",
        "accounts.md 4 and 60",
        "voice.md 9",
        "(M77)",
        "decision 9999",
    ],
)
def test_what_leads_nowhere_is_lost(words: str) -> None:
    assert [lost for _, lost in lost_references(words)]


def test_invariants_have_a_number_each() -> None:
    page = (SPEC / "invariants.md").read_text("utf-8")
    numbers = re.findall(r"^\| ([A-Z]\d+) \|", page, re.MULTILINE)
    assert len(numbers) == len(set(numbers)) > 100
