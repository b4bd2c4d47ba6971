"""The lite tier: things, people and expressions in pictures, events in sound; taken up once its files are there."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.schemas import AudioReading, Label
from recommender.perception.audio import event_reader, yamnet
from recommender.perception.images import detector, expressions, faces, features
from recommender.perception.images import reader as vision
from recommender.perception.images.detector import Thing
from recommender.perception.weights import loaders
from recommender.perception.weights.manifest import files_of
from tests.recommender.photos import OASIS, WEIGHTS, needs_photos, needs_weights, seaside


@pytest.fixture
def networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(WEIGHTS))


def photo(name: str) -> Image.Image:
    return Image.open(OASIS / "images" / name).convert("RGB")


# --- objects and people


def cells(*seen: tuple[int, float, float, float, float, float]) -> np.ndarray:
    """The detector's raw answer with a thing in some cells: row, shift across and down, log size, objectness, kind."""
    raw = np.zeros((3549, 85), np.float32)
    for row, across, down, size, sure, kind in seen:
        raw[row, :5] = across, down, size, size, sure
        raw[row, 5 + int(kind)] = 1.0
    return raw


def test_cells_become_boxes_in_pixels_of_the_square() -> None:
    row = 52 * 2 + 3  # third row, fourth column of the finest grid, whose cells are 8 pixels
    boxes, scores = detector.decoded(cells((row, 0.5, 0.25, 1.0, 0.9, 15)))
    half = np.exp(1.0) * 4
    assert boxes[0] == pytest.approx([28 - half, 18 - half, 28 + half, 18 + half], abs=1e-3)
    assert scores[0].argmax() == 15
    assert scores[0].max() == pytest.approx(0.9)


def test_unsure_cells_are_left_out_and_of_two_boxes_on_one_thing_the_surer_stays() -> None:
    boxes, scores = detector.decoded(cells((0, 0, 0, 2, 0.6, 0), (1, -1, 0, 2, 0.9, 0), (5, 0, 0, 2, 0.2, 0)))
    assert len(boxes) == 2
    assert detector.suppressed(boxes, scores) == [1]
    other = scores.copy()
    other[0] = np.roll(other[0], 3)
    assert sorted(detector.suppressed(boxes, other)) == [0, 1]  # two kinds of thing may lie upon each other


@given(st.lists(st.floats(0, 100), min_size=4, max_size=4), st.lists(st.floats(0, 100), min_size=4, max_size=4))
def test_overlap_is_symmetric_and_a_share(a: list[float], b: list[float]) -> None:
    one, two = (np.array([*np.minimum(x[:2], x[2:]), *np.maximum(x[:2], x[2:])], np.float32) for x in (a, b))
    shared = float(detector.overlaps(one, two[None])[0])
    assert 0 <= shared <= 1 + 1e-5
    assert shared == pytest.approx(float(detector.overlaps(two, one[None])[0]), abs=1e-4)


@pytest.mark.parametrize("size", [(384, 200), (200, 384), (300, 300), (16, 1)])
def test_a_picture_is_letterboxed_into_the_upper_left_corner(size: tuple[int, int]) -> None:
    pixels, scale = detector.letterboxed(Image.new("RGB", size, (255, 0, 10)))
    assert pixels.shape == (1, 3, 416, 416)
    assert pixels[0, :, 0, 0].tolist() == [10, 0, 255]  # blue comes first
    assert max(size) * scale == pytest.approx(416)
    if size[0] != size[1]:
        assert pixels[0, :, -1, -1].tolist() == [114] * 3


def test_what_is_seen_becomes_numbers_of_one_length() -> None:
    names = ["person", "dog"]
    none = detector.things_vector((), names)
    some = detector.things_vector((Thing("person", 0.9, (0, 0, 0.5, 1)), Thing("person", 0.5, (0, 0, 0.1, 0.1))), names)
    assert none.tolist() == [0] * 5
    assert some[0] > some[1] == 0
    assert some[2:] == pytest.approx([np.log(3), np.sqrt(0.5), np.sqrt(0.51)], abs=1e-5)


@needs_photos
@needs_weights
@pytest.mark.usefixtures("networks")
def test_people_and_things_are_named_where_they_are() -> None:
    found = detector.object_detector()
    assert found is not None
    assert len(found.names) == 80
    dog = found.run(photo("Dog_2.jpg"))
    assert dog[0].name == "dog"
    assert dog[0].share > 0.1
    assert found.run(photo("Sad_face_1.jpg"))[0].name == "person"


# --- expressions


def test_without_a_face_there_is_nothing_to_tell() -> None:
    assert faces.faces_vector(()).tolist() == [0] * 9
    assert faces.Face(x=0.5, y=0.5, size=0.2, smiles=False).shows == ("", 0.0)


@needs_weights
@pytest.mark.usefixtures("networks")
def test_any_grey_crop_has_probabilities() -> None:
    reader = expressions.expression_reader()
    assert reader is not None
    for shape in ((64, 64), (3, 200), (1, 1), (301, 77)):
        told = reader.run(np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8))
        assert told.shape == (7,)
        assert told.sum() == pytest.approx(1, abs=1e-5)


@needs_photos
@needs_weights
@pytest.mark.usefixtures("networks")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Excited_face_1.jpg", "happy"),
        ("Excited_face_2.jpg", "happy"),
        ("Excited_face_5.jpg", "happy"),
        ("Neutral_face_4.jpg", "neutral"),
        ("Sad_face_1.jpg", "sad"),
        ("Miserable_face_2.jpg", "sad"),
    ],
)
def test_expressions_are_those_that_the_photos_are_named_for(name: str, expected: str) -> None:
    assert features.View.of(photo(name)).faces[0].shows[0] == expected


@needs_photos
@needs_weights
@pytest.mark.usefixtures("networks")
def test_people_and_clear_expressions_are_chips_and_colour_the_moods() -> None:
    reading = vision.read_picture(photo("Excited_face_5.jpg"))
    named = {label.name: label for label in reading.objects}
    assert {"person", "happy face"} <= set(named)
    assert {label.kind for label in named.values()} == {"object"}
    assert set(vision.EXPRESSION_MOODS["happy"]) & {mood.name for mood in reading.moods}
    assert "happy face" not in reading.phrase


@needs_weights
def test_the_tier_is_taken_up_and_given_up_with_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    assert vision.read_picture(seaside()).tier == "basic"
    for file in files_of("pictures"):
        assert loaders.tier_of("pictures") == "basic"
        (tmp_path / file.name).parent.mkdir(exist_ok=True)
        shutil.copy(WEIGHTS / file.name, tmp_path / file.name)
    reading = vision.read_picture(seaside())
    assert reading.tier == "lite"
    assert "lite" in {label.source for label in reading.moods}
    (tmp_path / detector.DETECTOR_FILE).unlink()
    assert vision.read_picture(seaside()).tier == "basic"


# --- events


def reading(**changes: object) -> AudioReading:
    known: dict[str, object] = {
        **dict.fromkeys(("valence", "arousal", "energy", "danceability", "acousticness", "instrumentalness"), 0.5),
        "speechiness": 0.05,
        "liveness": None,
        "tempo": 120.0,
        "key": 0,
        "mode": 1,
        "loudness": -10.0,
        "moods": (Label(name="sad", score=0.5), Label(name="joyful", score=0.45)),
    }
    return AudioReading(**known | changes)  # type: ignore[arg-type]


def test_an_audience_makes_a_recording_live_and_a_studio_does_not() -> None:
    live = event_reader.with_events(reading(), {"Music": 0.5, "Applause": 0.3, "Crowd": 0.2})
    studio = event_reader.with_events(reading(), {"Music": 0.9})
    assert live.liveness is not None
    assert live.liveness > 0.8
    assert studio.liveness == pytest.approx(event_reader.STUDIO)


def test_talk_and_song_are_told_apart() -> None:
    talk = event_reader.with_events(reading(), {"Speech": 0.9, "Narration, monologue": 0.3})
    song = event_reader.with_events(reading(), {"Music": 0.8, "Singing": 0.2, "Speech": 0.2})
    alone = event_reader.with_events(reading(), {"Music": 0.9})
    assert talk.speechiness is not None and song.speechiness is not None
    assert talk.speechiness > 0.66 > song.speechiness
    assert talk.instrumentalness is not None and song.instrumentalness is not None
    assert alone.instrumentalness is not None
    assert max(talk.instrumentalness, song.instrumentalness) < alone.instrumentalness


def test_events_add_instruments_and_styles_and_raise_moods() -> None:
    heard = event_reader.with_events(reading(), {"Trumpet": 0.3, "Blues": 0.4, "Happy music": 0.2})
    assert [label.name for label in heard.instruments] == ["brass"]
    assert [label.name for label in heard.genres] == ["blues"]
    assert [mood.name for mood in heard.moods] == ["joyful", "sad"]


@given(st.dictionaries(st.sampled_from(["Singing", "Speech", "Applause", "Happy music", "Trumpet"]), st.floats(0, 1)))
def test_whatever_the_events_a_reading_stays_in_range(told: dict[str, float]) -> None:
    heard = event_reader.with_events(reading(valence=1.0, arousal=0.0), told)
    for name in ("valence", "arousal", "instrumentalness", "speechiness", "liveness"):
        assert 0 <= getattr(heard, name) <= 1


@needs_weights
@pytest.mark.usefixtures("networks")
def test_silence_and_a_tone_are_heard_for_what_they_are() -> None:
    network = yamnet.event_network()
    assert network is not None
    assert len(network.names) == 521
    silence = network.run(np.zeros(3000, np.float32))
    assert max(silence, key=lambda name: silence[name]) == "Silence"
    tone = network.run((0.5 * np.sin(2 * np.pi * 880 * np.arange(48_000) / 16_000)).astype(np.float32))
    assert tone["Sine wave"] + tone["Tuning fork"] + tone["Beep, bleep"] + tone["Chirp tone"] > 0.2


def test_every_event_that_counts_is_one_of_the_networks(shared_data: Path) -> None:
    import csv

    with (shared_data / "weights" / yamnet.EVENT_NAMES_FILE).open(newline="") as lines:
        known = {row["display_name"] for row in csv.DictReader(lines)}
    tables = (event_reader.INSTRUMENTS, event_reader.GENRES)
    told = {name for table in tables for names in table.values() for name in names}
    told |= {*event_reader.CROWD, *event_reader.SINGING, *event_reader.SPEECH, *event_reader.MOODS}
    assert told <= known
