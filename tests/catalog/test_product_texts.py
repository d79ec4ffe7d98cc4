"""Features and pictures of products, as staff keep them."""

import pytest

from commerce.audit.models import AuditEntry
from commerce.catalog.actions.deletion import delete_product
from commerce.catalog.actions.pictures import remove_product_picture, set_product_picture
from commerce.catalog.actions.product_settings import change_product
from commerce.catalog.models import ProductPicture
from commerce.catalog.rules import (
    ComparedFeature,
    ProductFeature,
    clean_features,
    compare_features,
    parse_features,
)
from commerce.kit.context import SYSTEM, Context
from commerce.kit.errors import BusinessError
from commerce.kit.pictures import picture_size_from_name
from tests import make
from tests.make.pictures import png, wide_png

CTX = Context(make.AT, SYSTEM)


def test_a_feature_has_the_value_behind_its_colon() -> None:
    assert parse_features("Storage: 10 GB\n\nDaily backups\nRatio 1:2") == [
        ProductFeature("Storage", "10 GB"),
        ProductFeature("Daily backups"),
        ProductFeature("Ratio 1:2"),
    ]


def test_features_are_kept_without_blank_lines_and_control_characters() -> None:
    assert clean_features(" Storage:  10 GB \r\n\n\x07Backups\n") == "Storage: 10 GB\nBackups"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("\n".join(f"Feature {n}" for n in range(21)), "product.too_many_features"),
        ("x" * 101, "product.feature_too_long"),
        ("Storage: 1 GB\nStorage: 2 GB", "product.feature_doubled"),
    ],
)
def test_wrong_features_are_refused(text: str, code: str) -> None:
    with pytest.raises(BusinessError) as refused:
        clean_features(text)
    assert refused.value.code == code


def test_a_comparison_tells_a_feature_without_value_from_a_missing_one() -> None:
    small = parse_features("Storage: 1 GB\nBackups")
    large = parse_features("Storage: 9 GB\nPriority support\nBackups")
    assert compare_features([small, large]) == [
        ComparedFeature("Storage", ("1 GB", "9 GB")),
        ComparedFeature("Backups", ("", "")),
        ComparedFeature("Priority support", (None, "")),
    ]


@pytest.mark.django_db
def test_a_change_of_features_is_audited() -> None:
    product = make.make_product(features="Storage: 1 GB")
    change_product(product=product, features="Storage: 2 GB\n", is_featured=True, ctx=CTX)
    assert product.features == "Storage: 2 GB"
    entry = AuditEntry.objects.get(action="product.changed")
    assert entry.before == {"features": "Storage: 1 GB", "is_featured": False}


@pytest.mark.django_db
def test_a_picture_is_drawn_anew_within_its_bounds_and_audited() -> None:
    product = make.make_product()
    name = set_product_picture(product=product, content=wide_png(4_000_000), ctx=CTX)
    assert picture_size_from_name(name) == (800, 200)
    assert bytes(ProductPicture.objects.get(pk=name).content).startswith(b"\x89PNG")
    assert product.picture == name
    assert AuditEntry.objects.get(action="product.picture_set").after == {"picture": name}
    with pytest.raises(BusinessError, match="PNG"):
        set_product_picture(product=product, content=b"<svg/>", ctx=CTX)


@pytest.mark.django_db
def test_a_picture_stays_as_long_as_a_product_shows_it() -> None:
    first, second = make.make_product(), make.make_product()
    for product in (first, second):
        set_product_picture(product=product, content=png(), ctx=CTX)
    remove_product_picture(product=first, ctx=CTX)
    assert ProductPicture.objects.count() == 1
    delete_product(product=second, ctx=CTX)
    assert not ProductPicture.objects.exists()


@pytest.mark.django_db
def test_another_picture_takes_the_place_of_the_one_before() -> None:
    product = make.make_product()
    before = set_product_picture(product=product, content=png(), ctx=CTX)
    after = set_product_picture(product=product, content=png(20, 20), ctx=CTX)
    assert before != after
    assert list(ProductPicture.objects.values_list("pk", flat=True)) == [after]
