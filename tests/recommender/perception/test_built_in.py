"""The built-in tier: what comes with the installation reads every picture from the first start."""

from __future__ import annotations

import pytest
from PIL import Image

from core.errors import Unavailable
from core.schemas import ImageReading, dump, load
from recommender.music.occasions import occasions
from recommender.perception.images import built_in, concepts
from recommender.perception.images.reader import read_picture
from recommender.perception.vocabulary import SCENES
from tests.recommender.photos import seaside


def test_it_is_there_after_the_installation_and_read_by_default() -> None:
    assert built_in.available()
    reading = read_picture(seaside())
    assert reading.tier == "built in"
    assert 0 <= reading.valence <= 1
    assert 0 <= reading.arousal <= 1
    assert reading.moods
    assert reading.phrase
    assert load(ImageReading, dump(reading)) == reading


def test_every_concept_is_an_occasion_an_editor_knows_and_every_scene_has_rules() -> None:
    known = set(concepts.heads().names) - {concepts.THING}
    assert known <= occasions().keys()
    assert set(built_in.SCENES.values()) <= SCENES.keys()
    assert set(built_in.SCENES) <= occasions().keys()


@pytest.mark.parametrize("colour", ["black", "white", "#3366cc"])
def test_a_plain_surface_shows_nothing(colour: str) -> None:
    reading = read_picture(Image.new("RGB", (64, 48), colour))
    assert reading.concepts == ()
    assert reading.scenes == ()
    assert not [tag for tag in reading.tags if tag.kind == "hint"]


def test_networks_that_cannot_be_loaded_leave_what_the_pixels_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> concepts.Seen:
        raise RuntimeError("torch is broken")

    monkeypatch.setattr(concepts, "see", broken)
    reading = read_picture(seaside())
    assert reading.tier != "built in"
    assert reading.note
    with pytest.raises(Unavailable):
        read_picture(seaside(), tier="built in")
