"""What is in the repository, and what must not be."""

import re
import tomllib

import click

from commerce.cli.root import commerce
from tests.house.source import ROOT, tracked

# In brackets, so that this file does not name what it forbids.
FORBIDDEN = re.compile(
    r"py[p]i\.o|pythonh[o]sted|registry\.npmj[s]|registry\.yarnp[k]g|deb\.deb[i]an\.o"
    r"|/wor[k]/(main|shared|steering|\.library)|/far[m]/|/hom[e]/\w+/|/roo[t]/"
)


def test_no_registry_and_no_path_of_a_machine_is_named() -> None:
    named = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in tracked()
        if (match := FORBIDDEN.search(path.read_text("utf-8", errors="replace")))
    ]
    assert named == []


def test_no_lock_file_with_addresses_is_tracked() -> None:
    assert [path for path in tracked() if path.name in {"uv.lock", "package-lock.json"}] == []


def test_nothing_that_an_installation_writes_is_tracked() -> None:
    data = {"var", ".venv", "__pycache__"}
    assert [path for path in tracked() if data & set(path.relative_to(ROOT).parts)] == []


def test_each_dependency_is_pinned_with_its_hashes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = {
        "base.txt": project["project"]["dependencies"],
        "dev.txt": project["project"]["optional-dependencies"]["dev"],
        "build.txt": project["build-system"]["requires"],
    }
    for name, requirements in wanted.items():
        pins = re.split(r"\n(?=[a-z])", (ROOT / "requirements" / name).read_text("utf-8"))[1:]
        pinned = {pin.split("==")[0] for pin in pins}
        assert {re.split(r"[^\w.-]", wish)[0].lower() for wish in requirements} <= pinned
        assert [pin for pin in pins if "==" not in pin or "--hash=sha256:" not in pin] == []


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in tracked()
        if page.suffix == ".md"
        for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text("utf-8"))
        if "://" not in target and not (page.parent / target).exists()
    ]
    assert broken == []


def test_a_decision_is_linked_by_its_own_number() -> None:
    wrong = [
        f"{page.relative_to(ROOT)}: {link[0]}"
        for page in tracked()
        if page.suffix == ".md"
        for link in re.finditer(
            r"(\d+)\]\((?:(?:\.\./)?decisions/)?(\d{4})-", page.read_text("utf-8")
        )
        if int(link[1]) != int(link[2])
    ]
    assert wrong == []


def test_a_guide_named_an_option_that_no_command_had() -> None:
    wrong = [
        f"{page.relative_to(ROOT)}: commerce {words}"
        for page in tracked()
        if page.suffix in (".md", ".py", ".txt")
        and not {"tests", "spec"} & set(page.parts)  # the specification has commands still to come
        for words in re.findall(r"`commerce ([a-z][^`{%]*)`", page.read_text("utf-8"))
        if not is_known(words.split())
    ]
    assert wrong == []


def is_known(words: list[str]) -> bool:
    """Whether there is such a command, with such options."""
    found: click.Command = commerce
    rest = iter(words)
    for word in rest:
        if not isinstance(found, click.Group) or word.startswith("-"):
            rest = iter([word, *rest])
            break
        inner = found.get_command(click.Context(found), word)
        if inner is None:
            return False
        found = inner
    options = {name for each in found.params for name in (*each.opts, *each.secondary_opts)}
    return found.name == "manage" or all(
        word.partition("=")[0] in options | {"--help"} for word in rest if word.startswith("--")
    )
