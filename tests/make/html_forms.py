"""What a browser would send of a form that nobody touched."""

from html.parser import HTMLParser


class _FormReader(HTMLParser):
    """Collects the successful controls of the form with an id; buttons are pressed by the test."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.values = form_id, dict[str, str]()
        self._inside = False
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = found.get("id", "") == self.form_id
        if not self._inside:
            return
        name = found.get("name", "")
        if tag == "input" and found.get("type") in ("checkbox", "radio"):
            if "checked" in found:
                self.values[name] = found.get("value", "on")
        elif tag == "input":
            self.values[name] = found.get("value", "")
        elif tag == "select":
            self._select = name
        elif tag == "textarea":
            self._area = name
            self.values[name] = ""
        elif tag == "option" and ("selected" in found or self._select not in self.values):
            self.values[self._select] = found.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] += data.removeprefix("\n")


def form_values(page: str, form_id: str = "") -> dict[str, str]:
    """The fields of a form by name, as they stand in the page."""
    reader = _FormReader(form_id)
    reader.feed(page)
    assert reader.values, f"no form {form_id}"
    return reader.values
