"""`docs/acts` has all that can be done, as the code says it today, and the code says it of everything."""

import re

from commerce.backoffice.reference.described import describe
from commerce.kit.acts.act import all_acts
from tests.house.source import ROOT
from tools.acts import FOLDER, buttons, commands, routes, written_pages

WITHOUT_ENTRIES = {
    "services apply-package": "a job has the entry",
    "servers test": "only asks",
    "servers compare": "a job has the entries",
    "zones check": "only asks",
}


def test_the_pages_are_as_the_code_is() -> None:
    """Else run: make acts"""
    written = {path.name: path.read_text("utf-8") for path in FOLDER.iterdir()}
    assert written == written_pages()


def test_each_command_and_each_page_is_listed() -> None:
    listed = {name: (FOLDER / name).read_text("utf-8") for name in ("commands.md", "pages.md")}
    assert [one for one in commands() if f"\n| `{one}` |" not in listed["commands.md"]] == []
    assert listed["pages.md"].count("\n| `/admin") == len(routes())


def test_why_not_is_found_of_each_button_that_says_it() -> None:
    silent = []
    for record_admin, action, _name in buttons():
        if action.blocked or action.unavailable:
            reasons = describe(action).reasons
            if not reasons or "" in reasons.values():
                silent.append(f"{record_admin.slug} {action.name}")
    assert silent == []


def test_what_it_writes_is_found_of_each_button() -> None:
    unwritten = {
        f"{record_admin.slug} {action.name}"
        for record_admin, action, name in buttons()
        if name and not describe(action).entries
    }
    assert unwritten == WITHOUT_ENTRIES.keys()


WALKED_BY_ANOTHER = {
    "client.add_tag": "client.tags, by the same function",
    "client.remove_tag": "client.tags, by the same function",
    "domain.bring_back": "losses.request_domain_back; this one asks the registrar",
}


def test_what_blocks_an_act_is_walked_through_the_states_of_its_record() -> None:
    """Tests of reasons compare what is said before with what the action raises: each act is named in one."""
    words = {
        word
        for path in (ROOT / "tests").rglob("test_*.py")
        if "blocked_reason" in (text := path.read_text("utf-8"))
        for word in re.findall(r"\w+", text)
    }
    ours = [act for act in all_acts() if act.action.__module__.startswith("commerce.")]
    unwalked = {act.key for act in ours if act.blocked and act.action.__name__ not in words}
    assert unwalked == WALKED_BY_ANOTHER.keys()
