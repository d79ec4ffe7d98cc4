"""The commands about questions and answers, and those about features and pictures of products."""

import json
from pathlib import Path

import pytest

from commerce.catalog.models import Product
from commerce.support.models import FaqEntry
from tests import make
from tests.cli.conftest import Run
from tests.make.pictures import png

pytestmark = pytest.mark.django_db


def test_questions_are_added_changed_listed_and_deleted(run: Run) -> None:
    answer = "**Yes**, free of charge.\n"
    done = run("faq", "add", "--question", "Do you move it?", "--answer", "-", input=answer)
    assert "once portal.show_faq is on" in done.output
    entry = FaqEntry.objects.get()
    assert entry.answer == "**Yes**, free of charge."
    assert (
        run("faq", "change", str(entry.pk), "--is-published", "off", "--position", "3").exit_code
        == 0
    )
    [listed] = json.loads(run("faq", "list", "--json").stdout)
    assert (listed["position"], listed["published"]) == (3, False)
    assert run("faq", "delete", str(entry.pk), "--yes").exit_code == 0
    assert run("faq", "delete", str(entry.pk), "--yes").exit_code == 1
    assert not FaqEntry.objects.exists()


def test_a_question_without_an_answer_is_refused(run: Run) -> None:
    done = run("faq", "add", "--question", "Why?", "--answer", " ")
    assert (done.exit_code, "This field is required." in done.output) == (1, True)
    assert not FaqEntry.objects.exists()


def test_features_of_a_product_are_set_and_taken_away(run: Run) -> None:
    slug = make.make_product().slug
    done = run(
        *("catalog", "change", slug, "--is-featured", "on"),
        *("--feature", "Storage: 10 GB", "--feature", "Daily backups"),
    )
    assert done.exit_code == 0, done.output
    shown = json.loads(run("catalog", "show", slug, "--json").stdout)
    assert (shown["features"], shown["featured"]) == (["Storage: 10 GB", "Daily backups"], True)
    run("catalog", "change", slug, "--feature", "none", "--is-featured", "off")
    row = Product.objects.get(slug=slug)
    assert (row.features, row.is_featured) == ("", False)


def test_a_picture_is_set_and_taken_away(run: Run, tmp_path: Path) -> None:
    slug, file = make.make_product().slug, tmp_path / "picture.png"
    file.write_bytes(png(900, 300))
    done = run("catalog", "picture", slug, str(file))
    assert "800 x 267 pixels" in done.output
    address = json.loads(run("catalog", "show", slug, "--json").stdout)["picture"]
    assert address == f"/store/pictures/{Product.objects.get(slug=slug).picture}"
    for words in ([], [str(file), "--remove"]):
        assert run("catalog", "picture", slug, *words).exit_code == 1
    assert run("catalog", "picture", slug, "--remove").exit_code == 0
    assert Product.objects.get(slug=slug).picture == ""
