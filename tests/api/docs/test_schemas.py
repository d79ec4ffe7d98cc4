"""What the schemas of the description say of what is in them."""

from tests.api.described import everything
from tests.api.docs.test_description import described


def test_each_list_says_what_is_in_it() -> None:
    lists = [
        part
        for part in everything(described())
        if isinstance(part, dict) and part.get("type") in ("array", ["array", "null"])
    ]
    assert len(lists) > 10
    assert [one for one in lists if "items" not in one] == []
