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


def test_questions_are_added_changed_listed_and_deleted(run: Run, tmp_path: Path) -> None:
    answer = tmp_path / "answer.md"
    answer.write_text("**Yes**, free of charge.\n")
    done = run("faq", "add", "Do you move it?", "--answer-file", str(answer))
    assert "turn on portal.show_faq" in done.output
    entry = FaqEntry.objects.get()
    assert entry.answer == "**Yes**, free of charge."
    assert run("faq", "change", str(entry.pk), "--unpublished", "--position", "3").exit_code == 0
    [listed] = json.loads(run("faq", "list", "--json").stdout)
    assert (listed["position"], listed["published"]) == (3, False)
    assert run("faq", "delete", str(entry.pk)).exit_code == 0
    assert run("faq", "delete", str(entry.pk)).exit_code == 1
    assert not FaqEntry.objects.exists()


def test_a_question_with_two_answers_or_none_is_refused(run: Run, tmp_path: Path) -> None:
    answer = tmp_path / "answer.md"
    answer.write_text("Yes.")
    assert run("faq", "add", "Why?", "So.", "--answer-file", str(answer)).exit_code == 1
    done = run("faq", "add", "Why?")
    assert (done.exit_code, "Enter an answer." in done.output) == (1, True)
    assert not FaqEntry.objects.exists()


def test_features_of_a_product_are_set_and_taken_away(run: Run) -> None:
    slug = make.make_product().slug
    done = run(
        *("catalog", "change", slug, "--featured"),
        *("--feature", "Storage: 10 GB", "--feature", "Daily backups"),
    )
    assert done.exit_code == 0, done.output
    shown = json.loads(run("catalog", "show", slug, "--json").stdout)
    assert (shown["features"], shown["featured"]) == (["Storage: 10 GB", "Daily backups"], True)
    run("catalog", "change", slug, "--feature", "none", "--not-featured")
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
