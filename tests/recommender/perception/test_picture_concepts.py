"""The built-in picture heads: what they may name, and their training on a few painted photos."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from lab.training import picture_concept_data, picture_concept_figures, picture_concept_names, picture_concepts
from lab.training import picture_styles as picture_styles_training
from lab.training.picture_concept_figures import mean_precision
from recommender.perception.images import concepts, efficientnet, picture_styles
from recommender.perception.images.concepts import THING, Heads, hinted, named, sureness

KNOWN = concepts.heads()
needs_networks = pytest.mark.skipif(not efficientnet.available(), reason="the built-in networks are not installed")

COLOURS = {"forest": (30, 120, 40), "sea": (20, 80, 170), "snow": (235, 240, 245)}
THEMES = {
    "Path": ("forest", 5.2, 3.0),
    "Lake": ("sea", 6.1, 3.6),
    "Skier": ("snow", 5.0, 5.5),
    "Fire": ("fire", 2.2, 5.8),
    "Paper": ("paper", 4.1, 2.0),
    "Flowers": ("flowers", 6.4, 2.8),
}
PAINT = {**COLOURS, "fire": (220, 70, 10), "paper": (200, 200, 200), "flowers": (230, 120, 200)}


def odds_of(**chances: float) -> np.ndarray:
    """Of one picture; ``night_sky_moon`` is ``night sky moon``."""
    odds = np.zeros(len(KNOWN.names), np.float32)
    for name, chance in chances.items():
        odds[KNOWN.names.index(name.replace("_", " "))] = chance
    return odds


def names(found: Iterable[concepts.Label]) -> list[str]:
    return [one.name for one in found]


def test_nothing_is_named_of_an_unsure_picture() -> None:
    assert named(odds_of(sea=concepts.FIRST - 0.01, lake=0.3), KNOWN) == ()
    assert names(named(odds_of(sea=concepts.FIRST + 0.01, lake=0.1), KNOWN)) == ["sea"]


def test_a_concept_with_few_photos_must_be_surer() -> None:
    (place, *_) = np.flatnonzero(KNOWN.rare)
    rare = KNOWN.names[place].replace(" ", "_")
    assert named(odds_of(**{rare: concepts.RARE_FIRST - 0.01}), KNOWN) == ()
    assert names(named(odds_of(**{rare: concepts.RARE_FIRST + 0.01}), KNOWN)) == [KNOWN.names[place]]


def test_a_mere_thing_is_never_named() -> None:
    odds = odds_of(everyday_object=0.9, sea=0.05)
    assert named(odds, KNOWN) == ()
    assert names(hinted(odds, KNOWN, ())) == ["sea"]


def test_others_are_named_down_to_their_threshold_and_up_to_four() -> None:
    assert names(named(odds_of(sea=0.5, beach=0.2, lake=0.1), KNOWN)) == ["sea", "beach"]
    many = odds_of(sea=0.45, beach=0.35, lake=0.34, snow=0.33, forest=0.32)
    assert names(named(many, KNOWN)) == ["sea", "beach", "lake", "snow"]


@pytest.mark.parametrize("pair", concepts.SIBLINGS)
def test_the_weaker_of_two_siblings_is_named_only_when_half_as_likely(pair: tuple[str, str]) -> None:
    one, other = (name.replace(" ", "_") for name in pair)
    assert names(named(odds_of(**{one: 0.6, other: 0.29}), KNOWN)) == [pair[0]]
    assert names(named(odds_of(**{one: 0.6, other: 0.31}), KNOWN)) == list(pair)


def test_hints_leave_out_what_was_named_and_what_is_hardly_there() -> None:
    odds = odds_of(sea=0.8, beach=0.1, lake=concepts.LEAST_HINT / 2)
    assert names(hinted(odds, KNOWN, {"sea"})) == ["beach"]
    assert len(hinted(np.full(len(KNOWN.names), 0.1, np.float32), KNOWN, ())) == concepts.MOST_HINTS


def test_sureness_in_a_word() -> None:
    said = [sureness(named(odds_of(sea=chance), KNOWN)) for chance in (0.3, 0.45, 0.6, 0.8)]
    assert said == ["", "a guess", "likely", "clear"]


def fused(favoured: str | None, seen: int | None, known: Heads = KNOWN) -> np.ndarray:
    """Odds where the probes favour a trained concept and the networks one of ImageNet's classes."""
    logits, classes = np.zeros((1, len(known.trained)), np.float32), np.zeros((1, 1000), np.float32)
    if favoured is not None:
        logits[0, known.trained.tolist().index(known.names.index(favoured))] = 30
    if seen is not None:
        classes[0, seen] = 1
    return concepts.fused(logits, classes, known)[0]


def test_a_class_raises_the_trained_concept_that_it_means() -> None:
    dog = KNOWN.names.index("dog")
    assert fused(None, 207)[dog] > 2 * fused(None, None)[dog]


def test_a_class_stands_in_for_missing_photos_only_where_the_probes_are_unsure() -> None:
    castle = KNOWN.names.index("castle")
    assert "castle" not in {KNOWN.names[place] for place in KNOWN.trained}
    assert fused(None, 483)[castle] > 0.8
    assert fused("sea", 483)[castle] < 0.01
    well_known = replace(KNOWN, scarce=np.zeros_like(KNOWN.scarce))
    assert fused(None, 483, well_known)[castle] < 0.01


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0, 30))
def test_fused_odds_are_odds(seed: int, scale: float) -> None:
    chance = np.random.default_rng(seed)
    logits = (scale * chance.normal(size=(3, len(KNOWN.trained)))).astype(np.float32)
    odds = concepts.fused(logits, chance.dirichlet(np.full(1000, 0.05), 3).astype(np.float32), KNOWN)
    assert odds.min() >= 0
    np.testing.assert_allclose(odds.sum(1), 1, atol=1e-4)


def test_every_concept_has_a_feeling_and_every_class_a_number() -> None:
    known = picture_concept_names.feelings()
    assert set(KNOWN.names) <= set(known)
    assert all(0 <= value <= 1 for both in known.values() for value in both)
    listed = [picture_concept_names.numbers(text) for text in picture_concept_names.IMAGENET.values()]
    assert all(0 <= number < 1000 for one in listed for number in one)
    assert {*picture_concept_names.THEMES, *picture_concept_names.PHOTOS} >= {THING}


def test_a_label_is_split_by_the_photos_place() -> None:
    assert picture_concept_names.of_label("river_waterfall", 0) == ("waterfall",)
    assert picture_concept_names.of_label("river_waterfall", 1) == ("river",)
    assert picture_concept_names.of_label("horse_wildlife", 0) == ("wildlife",)
    assert picture_concept_names.of_oasis("War_1.jpg", "War") == ("weapon",)
    assert picture_concept_names.of_oasis("Hallway_1.jpg", "Hallway") == ()
    assert not picture_concept_names.stands_for("city day", "city_night_neon")


def test_mean_precision() -> None:
    scores, truth = np.array([[0.9], [0.8], [0.1]], np.float32), np.array([[True], [False], [True]])
    assert mean_precision(scores, truth) == pytest.approx((1 + 2 / 3) / 2)


def painted(name: str, seed: int) -> Image.Image:
    chance = np.random.default_rng(seed)
    pixels = np.array(PAINT[name]) + chance.normal(0, 25, (48, 64, 3)) + chance.normal(0, 8, 3)
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def write_table(file: Path, rows: list[dict[str, object]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as lines:
        writer = csv.DictWriter(lines, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Sixteen scenes and nine rated photos, one of which is both, in the layout of the data folders."""
    monkeypatch.setenv("DYLUMO_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(concepts, "HEADS_FILE", tmp_path / "picture_concepts.npz")
    scenes, oasis = tmp_path / "data" / "scenes", tmp_path / "data" / "oasis"
    (oasis / "images").mkdir(parents=True)
    labelled: list[dict[str, object]] = []
    for number in range(16):
        label = list(COLOURS)[number % 3]
        name = "oasis_path_1" if number == 15 else f"{number}"
        source = picture_concept_data.OASIS if number == 15 else f"someone/photos{number % 4}"
        file = f"images/{label}/{name}.png"
        (scenes / file).parent.mkdir(parents=True, exist_ok=True)
        painted(label, number).save(scenes / file)
        grey = int(number % 5 == 0)
        labelled.append({"file": file, "concept": label, "source": source, "split": "train", "grey": grey})
    rated: list[dict[str, object]] = []
    for place, (theme, (paint, valence, arousal)) in enumerate(THEMES.items()):
        for number in (1, 2)[: 2 - place % 2]:
            file = f"{theme}_{number}.png"
            painted(paint, 100 + 10 * place + number).save(oasis / "images" / file)
            both = {"valence_mean": valence + number / 10, "arousal_mean": arousal - number / 10}
            rated.append({"file": file, "theme": theme, **both, "fold": place % 3})
    write_table(scenes / "labels.csv", labelled)
    write_table(oasis / "oasis.csv", rated)
    return tmp_path


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Threads that wait for each other cost more than they save on pictures one by one."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@needs_networks
@pytest.mark.usefixtures("one_thread")
def test_the_command_trains_heads_that_can_be_read_with(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = {name: np.asarray(value).dtype for name, value in vars(KNOWN).items()}
    monkeypatch.setattr(picture_concepts, "STEPS", 8)
    monkeypatch.setattr(picture_concept_figures, "ROUNDS", 20)
    said = StringIO()
    call_command("train", "picture_concepts", data=str(shared), json=True, stdout=said)
    figures = json.loads(said.getvalue(), parse_constant=lambda found: pytest.fail(f"{found} among the figures"))
    assert (figures["photos"], figures["scenes"], figures["rated"], figures["themes"]) == (24, 16, 9, 6)
    assert figures["left_out"]["near-duplicates only"]["photos"] == 16
    assert set(figures["by_label"]) == set(COLOURS)
    assert len(figures["felt"]) == 3
    for both in figures["felt"].values():
        assert both["valence"]["spearman"]["low"] <= both["valence"]["spearman"]["high"]
    text = concepts.HEADS_FILE.with_suffix(".md").read_text()
    assert "| forest |" in text
    assert "someone/photos0" in text

    trained = concepts.heads.__wrapped__()  # type: ignore[attr-defined]
    assert {name: np.asarray(value).dtype.kind for name, value in vars(trained).items()} == {
        name: kind.kind for name, kind in shipped.items()
    }
    monkeypatch.setattr(concepts, "heads", lambda: trained)
    green, orange = concepts.see(painted("forest", 999)), concepts.see(painted("fire", 999))
    assert names((*green.concepts, *green.hints))[0] == "forest"
    assert green.valence > orange.valence
    assert green.arousal < orange.arousal


@needs_networks
@pytest.mark.usefixtures("one_thread")
def test_styles_are_heard_in_pictures_like_those_that_an_editor_heard_them_in(
    shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard_as = {"forest": "dark folk;nordic folk", "sea": "bossa nova;samba", "snow": "techno;minimalism"}
    rows = list(csv.DictReader((shared / "data" / "scenes" / "labels.csv").open(encoding="utf-8")))
    answers: list[dict[str, object]] = [
        {
            "file": f"scenes/{row['file']}",
            "first": heard_as[row["concept"]],
            "second": "soul",
            "third": "swing",
            "moods": "",
        }
        for row in (*rows, *rows[:3])  # three photos were looked at twice
    ]
    write_table(tmp_path / "heard.csv", answers)
    monkeypatch.setattr(picture_styles_training, "ANSWERS_FILE", tmp_path / "heard.csv")
    monkeypatch.setattr(picture_styles_training, "RIDGE", 0.01)  # less than for thousands of photos
    monkeypatch.setattr(picture_styles, "HEAD_FILE", tmp_path / "picture_styles.npz")
    said = StringIO()
    call_command("train", "picture_styles", data=str(shared), json=True, stdout=said)
    figures = json.loads(said.getvalue(), parse_constant=lambda found: pytest.fail(f"{found} among the figures"))
    assert (figures["answers"], figures["photos"], figures["twice"]) == (19, 16, 3)
    assert figures["likeness"]["value"] > 0.3
    assert str(figures["likeness"]["value"]) in (tmp_path / "picture_styles.md").read_text()

    trained = picture_styles.head.__wrapped__()  # type: ignore[attr-defined]
    monkeypatch.setattr(picture_styles, "head", lambda: trained)
    for paint, styles in heard_as.items():
        found = concepts.see(painted(paint, 999)).styles
        assert found[0].name in styles
        assert found[0].score == 1.0
        assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@needs_networks
@pytest.mark.usefixtures("one_thread")
def test_photos_are_embedded_once(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = picture_concept_data.read_photos(shared, ("whole",))
    monkeypatch.setattr(efficientnet, "pooled", lambda images: pytest.fail("embedded again"))
    again = picture_concept_data.read_photos(shared, ("whole",))
    np.testing.assert_array_equal(first.views["whole"]["lite2"], again.views["whole"]["lite2"])
    (both,) = [photo for photo in again.photos if photo.label and photo.rating]
    assert (both.theme, both.fold, both.names) == ("Path", 0, ("forest",))
    assert both.rating == pytest.approx(((5.3 - 1) / 6, (2.9 - 1) / 6))


def test_parts_are_the_same_in_every_run() -> None:
    image = painted("sea", 1)
    part = picture_concept_data.seen_as(image, "a", "part")
    assert part.size == picture_concept_data.seen_as(image, "a", "part").size != image.size
    grey = np.asarray(picture_concept_data.seen_as(image, "a", "greypart"))
    assert (grey[..., 0] == grey[..., 2]).all()


def test_without_the_data_the_command_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no labels\.csv|no oasis\.csv"):
        call_command("train", "picture_concepts", data=str(tmp_path))


def test_styles_are_as_sure_as_their_strongest_score() -> None:
    head = picture_styles.Head(("folk", "jazz", "techno"), *(np.zeros((1, 1), np.float32),) * 3)

    def scores(*row: float) -> list[float]:
        return [label.score for label in picture_styles.heard(np.array(row, np.float32), head)]

    assert scores(0.01, 0.02, -0.1) == []
    assert scores(0.045, 0.09, -0.1) == [1.0, 0.5]
    assert scores(0.045, 0.0225, -0.1) == pytest.approx([0.5, 0.25])
