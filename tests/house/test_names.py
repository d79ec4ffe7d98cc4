"""Names say their noun outside their file, and no folder is a heap."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.house.source import PACKAGE, ROOT, modules, nodes, parse_source

FIELDS_NOUNS = set(
    "Access Account Actor Ageing Attempt Availability Cart Client Column Contact Contacts Context Cost"
    " Currency Deadline Delegation Dispute Document Domain Door Erasure Gateway Impersonation Invitation"
    " Invoice Job Membership Money Option Order Page Panel Payment Price Product Quote Recipient Refund"
    " Registrar Reminder Room Server Service Shopper Staff Stock Supervisor Taxation Tld User Worker Zone".split()
)
"""Words of the field and of the glossary, which need no other beside them."""

OF_ACTS = set(
    "Act Amount Asked Choice Confirmed Day Email Flag Input Integer Line Lines Many Parameter Percent Reason Reference"
    " References Secret Seen Text".split()
)
"""An act and its inputs: a closed set of short words, which stand in signatures."""

OF_THE_CONTRACT = set(
    "Account Error Item Line Me Domain Invoice Operation Option Order Payment Problem Product Service Token"
    " Unit".split()
)
"""Structs of the API: the names of components of ``docs/openapi.json``."""

OF_THE_API = set("Filter Include Resource".split())
"""What a list of version 2 is made of, in the words of its contract."""

OF_FRAMEWORKS = set("Command Meta".split())
"""Classes that Django looks for by this name."""

OUTCOMES = set("Done Obsolete".split())
"""What a job says by raising it: the reason is gone; what an action of the staff area says by returning it."""

MOST_FILES = 20

MOST_ONE_WORD_FUNCTIONS = 0.285
"""The share of functions at the top of a file with a one-word name, which its file alone explains: it may only fall."""


def classes(*, nested: bool) -> Iterator[tuple[Path, str]]:
    """Public classes of the product: at the top of their files, or inside another class."""
    for path in modules(PACKAGE):
        tree = parse_source(path)
        top = [node for node in tree.body if isinstance(node, ast.ClassDef)]
        found = (
            [inner for node in top for inner in node.body if isinstance(inner, ast.ClassDef)]
            if nested
            else top
        )
        yield from ((path, node.name) for node in found if not node.name.startswith("_"))


def is_one_word(name: str) -> bool:
    return len(re.findall(r"[A-Z][a-z0-9]*", name)) < 2


def test_a_class_of_one_word_has_the_fields_word() -> None:
    known = FIELDS_NOUNS | OF_FRAMEWORKS | OUTCOMES | OF_ACTS
    api = PACKAGE / "api"
    unknown = [
        f"{path.relative_to(ROOT)}: {name}"
        for path, name in classes(nested=False)
        if is_one_word(name)
        and name not in (known | OF_THE_CONTRACT | OF_THE_API if api in path.parents else known)
    ]
    assert unknown == []


def test_no_class_of_one_word_is_inside_another() -> None:
    inside = {name for _, name in classes(nested=True) if is_one_word(name)}
    assert inside <= OF_FRAMEWORKS


def test_few_classes_have_one_word() -> None:
    names = [name for nested in (False, True) for _, name in classes(nested=nested)]
    names = [name for name in names if name != "Meta"]
    assert sum(map(is_one_word, names)) < 0.15 * len(names)


def test_fewer_functions_have_one_word() -> None:
    """Whoever brings the share down by a percent writes it here."""
    names = [
        node.name.strip("_")
        for path in modules(PACKAGE)
        for node in parse_source(path).body
        if isinstance(node, ast.FunctionDef)
    ]
    share = sum("_" not in name for name in names) / len(names)
    assert MOST_ONE_WORD_FUNCTIONS - 0.01 < share <= MOST_ONE_WORD_FUNCTIONS


def test_no_folder_holds_more_than_20_files() -> None:
    doors = (ROOT / "tests" / "portal", ROOT / "tests" / "api")
    folders = {path.parent for path in modules(PACKAGE, *doors)}
    counts = {
        str(folder.relative_to(ROOT)): sum(
            1 for path in folder.glob("*.py") if path.name != "__init__.py"
        )
        for folder in folders
    }
    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_only_models_are_passed_on() -> None:
    """A name is imported from the file that says it."""
    facades = [
        str(path.relative_to(ROOT))
        for path in modules(PACKAGE)
        if path.name == "__init__.py"
        and path.parent.name not in ("models", "cli")
        and any(isinstance(node, ast.ImportFrom) for node in parse_source(path).body)
    ]
    assert facades == []


def test_apps_register_nothing_when_they_are_ready() -> None:
    """Hooks stand in ``wiring.py``, side effects in ``reactions.py``; signals of ``migrate`` may be connected."""
    allowed = {"connect", "register"}  # a signal's, and the checks of `audit`
    talkative = []
    for path in PACKAGE.glob("*/apps.py"):
        if path.parent.name == "config":  # which calls the two lists
            continue
        for node in nodes(parse_source(path)):
            if isinstance(node, ast.FunctionDef) and node.name == "ready":
                calls = [one.func for one in nodes(node) if isinstance(one, ast.Call)]
                names = {
                    one.attr if isinstance(one, ast.Attribute) else ast.unparse(one)
                    for one in calls
                }
                talkative += [f"{path.parent.name}: {name}" for name in names - allowed]
    assert talkative == []
