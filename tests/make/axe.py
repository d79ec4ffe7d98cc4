"""What axe finds in a page.

Contrast is half of its time, so a text is judged once for each look: its own colors and size on the grounds under it.
What passed in this run is not judged again; what did not is, each time.
"""

from functools import cache
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What passes is only counted, not described: a quarter of axe's time. Frames have no axe to answer.
BUT_CONTRAST = {
    "runOnly": TAGS,
    "rules": {"color-contrast": {"enabled": False}},
    "resultTypes": ["violations"],
    "selectors": False,
    "iframes": False,
}
CONTRAST = {
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
    "resultTypes": ["violations", "passes"],
    "selectors": False,
    "elementRef": True,
    "iframes": False,
}
ASK = """async ([butContrast, contrast, passed]) => {
  const faults = (found) => found.violations.map((one) => `${one.id} ${one.nodes[0].html}`);
  const known = new Set(passed), looks = new Map(), settled = [];
  const ground = ["background-color", "background-image", "opacity", "mix-blend-mode", "filter"];
  const text = ["color", "font-size", "font-weight", "text-shadow", "-webkit-text-stroke"];
  const isText = (part) => part.nodeType === Node.TEXT_NODE && part.data.trim();
  const says = (one) => one.matches("input, select, textarea") || [...one.childNodes].some(isText);
  // Whether nothing in it needs to be judged.
  const isSettled = (one, below) => {
    const style = getComputedStyle(one), read = (names) => names.map((name) => style.getPropertyValue(name)).join("|");
    const [own, clear] = [read(ground), "rgba(0, 0, 0, 0)|none|1|normal|none"];
    const under = own === clear ? below : `${below} ${own}`, look = `${under} ${read(text)}`;
    looks.set(one, look);
    const inner = [...one.children].map((child) => [child, isSettled(child, under)]);
    // What is lifted out of its place may lie on anything, unless it brings its own ground.
    const isOpaque = !/^rgba|\\//.test(style.backgroundColor);
    const isLifted = !["static", "relative"].includes(style.position) && !isOpaque;
    if (!isLifted && (!says(one) || known.has(look)) && inner.every(([, is]) => is)) return true;
    settled.push(...inner.filter(([, is]) => is).map(([child]) => child));
    return false;
  };
  const found = faults(await axe.run(butContrast));
  if (isSettled(document.body, getComputedStyle(document.documentElement).backgroundColor)) return [found, []];
  const judged = await axe.run({ exclude: settled }, contrast);
  const good = judged.passes.flatMap((rule) => rule.nodes.map((node) => looks.get(node.element)));
  return [[...found, ...faults(judged)], good.filter((look) => look && !known.has(look))];
}"""
"""The faults, and the looks that passed: styles of a text and of the grounds under it."""

_passed: set[str] = set()


def axe_faults(page: Page) -> list[str]:
    """What axe names, each with its first place."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_script())
    found: list[Any] = page.evaluate(ASK, [BUT_CONTRAST, CONTRAST, list(_passed)])
    faults, passed = found
    _passed.update(passed)
    return list(faults)


@cache
def axe_script() -> str:
    """Whoever looks at many pages adds it to them once, instead of sending it to each."""
    return str(Axe().axe_script)
