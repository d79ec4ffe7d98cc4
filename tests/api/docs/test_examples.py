"""The examples of the description, of which each field tells its part."""

import msgspec
import pytest

from commerce.api.read.fields import examples
from commerce.api.read.resource import ApiResource
from commerce.api.v1.resources import RESOURCES


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda one: one.path)
def test_examples_are_what_the_structs_send(resource: ApiResource) -> None:
    for struct in {resource.row_struct, resource.list_struct or resource.row_struct}:
        assert examples(struct)
        for example in examples(struct):
            row = msgspec.convert(example, struct, strict=False)
            assert msgspec.json.decode(msgspec.json.encode(row)) == example
