"""`docs/acts` has all that can be done, as the code says it today, and the code says it of everything."""

from commerce.backoffice.reference.described import describe
from tools.acts import FOLDER, buttons, commands, routes, written_pages

WITHOUT_ENTRIES = {
    "orders new": "leads to the page of a client, which places it",
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
