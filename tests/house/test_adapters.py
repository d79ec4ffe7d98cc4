"""An adapter is a folder that nobody outside knows: what differs is a capability or a method of the contract."""

import ast
import re
from collections.abc import Iterator

from commerce.domains.registrars.registry import registrar_names
from commerce.hosting.modules.registry import module_names
from commerce.payments.gateways.registry import GATEWAY_CLASSES
from commerce.payments.rules import PaymentMethod
from tests.house.source import (
    PACKAGE,
    calls,
    function_name,
    modules,
    nodes,
    parse_source,
    source_position,
)

FOLDERS = [
    PACKAGE / "payments" / "gateways",
    PACKAGE / "hosting" / "modules",
    PACKAGE / "domains" / "registrars",
]
NAMES = {"gateway", "module", "registrar"}
"""What holds the name of an adapter: a field, a variable, a filter."""

SLUGS = {*GATEWAY_CLASSES, *module_names(), *registrar_names()}

DATA = PACKAGE / "demo"
"""The demo configures its company by names and keys of settings, as staff do."""


def adapters() -> dict[str, str]:
    """The dotted path of each adapter's folder, and of the registry that knows it."""
    found = {}
    for folder in FOLDERS:
        dotted = ".".join(folder.relative_to(PACKAGE.parent).parts)
        found |= {f"{dotted}.{path.parent.name}": dotted for path in folder.glob("*/__init__.py")}
    return found


def test_only_its_registry_imports_an_adapter() -> None:
    known = adapters()
    assert len(known) >= len(FOLDERS)
    wrong = []
    for path in modules(PACKAGE):
        here = ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)
        for node in nodes(parse_source(path)):
            for name in imported(node):
                of = next((each for each in known if f"{name}.".startswith(f"{each}.")), "")
                if of and not here.startswith(f"{of}.") and here != f"{known[of]}.registry":
                    wrong.append(f"{source_position(path, node)} {name}")
    assert wrong == []


def imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        return [f"{node.module}.{alias.name}" for alias in node.names]
    return []


def test_nobody_asks_which_adapter_it_is() -> None:
    wrong = [
        source_position(path, node)
        for path in modules(PACKAGE)
        if DATA not in path.parents
        for node in nodes(parse_source(path))
        if (isinstance(node, ast.Compare) and compares_with_name(node))
        or (isinstance(node, ast.Call) and names_adapter(node))
    ]
    assert wrong == []


def compares_with_name(node: ast.Compare) -> bool:
    """``attempt.gateway == "manual"``, ``gateway in ("manual", …)``."""
    sides = [node.left, *node.comparators]
    texts = [inner for side in sides for inner in [side, *getattr(side, "elts", [])]]
    return any(map(is_slug, texts)) and any(map(holds_adapter, sides))


def is_slug(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in SLUGS


def holds_adapter(node: ast.expr) -> bool:
    name = getattr(node, "attr", getattr(node, "id", ""))
    of = getattr(getattr(node, "value", None), "id", "")
    return name in NAMES or (name in ("slug", "id") and of in NAMES)


def names_adapter(node: ast.Call) -> bool:
    """``filter(gateway="manual")``, ``isinstance(gateway, …)``."""
    if function_name(node) == "isinstance":
        return holds_adapter(node.args[0])
    return any(keyword.arg in NAMES and is_slug(keyword.value) for keyword in node.keywords)


def test_no_template_asks_which_adapter_it_is() -> None:
    asked = re.compile(rf"\b({'|'.join(NAMES)})(\.slug|\.id)?\s*[!=]=\s*[\"']")
    pages = PACKAGE.rglob("templates/**/*.*")
    assert [str(page) for page in pages if asked.search(page.read_text("utf-8"))] == []


def test_only_its_registry_reads_the_settings_of_a_gateway() -> None:
    wrong = [
        f"{source_position(path, node)} {text}"
        for path in modules(PACKAGE)
        if DATA not in path.parents
        for node, text in texts_of(parse_source(path))
        if re.match(rf"gateway\.({'|'.join(GATEWAY_CLASSES)})\b", text)
    ]
    assert wrong == []


def texts_of(tree: ast.Module) -> Iterator[tuple[ast.Constant, str]]:
    for node in nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def test_each_way_that_staff_record_is_booked_by_one_gateway() -> None:
    methods = [name for each in GATEWAY_CLASSES.values() for name in each.capabilities.methods]
    assert sorted(methods) == sorted(PaymentMethod)


def test_the_rules_see_what_they_forbid() -> None:
    forbidden = [
        'attempt.gateway == "bank_transfer"',
        'gateway.slug in ("bank_transfer", "manual")',
        '"manual" != product.module',
    ]
    assert all(
        compares_with_name(node)
        for text in forbidden
        for node in nodes(ast.parse(text))
        if isinstance(node, ast.Compare)
    )
    named = ['rows.filter(gateway="manual")', "isinstance(gateway, ManualGateway)"]
    assert all(names_adapter(call) for text in named for call in calls(ast.parse(text)))
