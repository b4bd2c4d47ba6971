"""``bench seeing``: what is counted as right, what is drawn for the page, and what the page says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.benchmarks import seeing
from lab.benchmarks.seeing import Said, Seen
from lab.training.picture_concept_data import OASIS, Photo

TIERS = ("basic", "built in")


def photo(label: str, number: int = 0, source: str = "a site") -> Photo:
    return Photo(
        key=f"{label}/{number}", file=Path(f"{label}-{number}.jpg"), source=source, names=(label,), label=label
    )


def one(label: str, basic: str, best: str, number: int = 0) -> Seen:
    said = {
        tier: Said((scene,) if scene else (), f"It is {scene or 'dark'}.")
        for tier, scene in zip(TIERS, (basic, best), strict=True)
    }
    return Seen(photo=photo(label, number), right=frozenset({label}), said=said)


PHOTOS = [
    one("beach", "", "beach"),
    one("forest", "forest", "forest"),
    one("desert", "food", "snow"),
    one("snow", "", "snow"),
]


def test_shares_are_of_all_photos_and_of_those_where_a_scene_is_named() -> None:
    basic, best = (seeing.scene_figures(PHOTOS, tier) for tier in TIERS)
    assert basic["names a scene"]["value"] == 0.5
    assert basic["first is right"]["value"] == 0.25
    assert basic["right when it names one"]["value"] == 0.5
    assert best["first is right"]["value"] == 0.75


def test_the_page_has_good_and_bad_photos_and_no_picture() -> None:
    cases = seeing.chosen(PHOTOS, TIERS)
    assert {case: {each.photo.label for each in shown} for case, shown in cases.items()} == {
        "only the built-in tier is right": {"beach", "snow"},
        "all are right": {"forest"},
        "the built-in tier is wrong": {"desert"},
    }
    figure = {"value": 0.5, "low": 0.4, "high": 0.6}
    each = dict.fromkeys((name for name, _ in seeing.MEASURES), figure) | {"ms": 20.0}
    figures = {
        "photos": {"scenes": 4, "labels": 4, "rated": 10},
        "tiers": dict.fromkeys(TIERS, each),
        "by_source": {"a site": {"photos": 4, "basic": 0.25, "built in": 0.75}},
    }
    page = seeing.told(figures, cases, TIERS)
    assert "| the first scene is right | 0.50 (0.40 to 0.60) | 0.50 (0.40 to 0.60) |" in page
    assert "| desert (`desert-0.jpg`) | **food**: It is food. | **snow**: It is snow. |" in page
    assert "![" not in page


def test_the_sample_holds_no_rated_photo_and_few_of_a_label() -> None:
    many = [photo("beach", number) for number in range(20)]
    drawn = seeing.sample([*many, photo("beach", 99, OASIS), photo("no such occasion", 0)])
    assert len(drawn) == seeing.PER_LABEL
    assert max(drawn) < 20


@pytest.mark.parametrize(("name", "scene"), [("kitchen cooking", "home"), ("party nightclub", "celebration")])
def test_an_occasion_counts_as_its_scene(name: str, scene: str) -> None:
    assert seeing.scenes_of([name, "couple romance"]) == [scene, "group"]
