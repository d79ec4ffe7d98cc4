"""The fields of a command, as they came."""

type Fields = dict[str, list[str]]


def one(sent: Fields, name: str) -> str:
    """The value of a field that must be there once."""
    values = sent[name]
    if len(values) != 1 or not values[0]:
        raise ValueError(name)
    return values[0]


def attributes(sent: Fields) -> dict[str, str]:
    """Names and values that are sent as numbered pairs."""
    numbers = [name.removeprefix("attr-name") for name in sent if name.startswith("attr-name")]
    return {one(sent, f"attr-name{each}"): one(sent, f"attr-value{each}") for each in numbers}
