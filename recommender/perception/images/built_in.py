"""The built-in tier: what the networks that come with the installation add to what is measured from pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from PIL import Image

from core.schemas import ImageReading, Label
from recommender.perception.images import concepts, efficientnet, picture_styles
from recommender.perception.images.captions import caption_of_concepts

TIER = "built in"

SCENES: Mapping[str, str] = {
    "beach": "beach",
    "tropical island": "beach",
    "sea": "sea",
    "sailing boat": "sea",
    "harbour": "sea",
    "lake": "lake",
    "river": "river",
    "waterfall": "river",
    "mountain": "mountain",
    "climbing hiking": "mountain",
    "forest": "forest",
    "jungle": "forest",
    "meadow flowers": "meadow",
    "garden": "meadow",
    "countryside farm": "meadow",
    "flowers": "meadow",
    "desert": "desert",
    "snow": "snow",
    "winter ice": "snow",
    "skiing": "snow",
    "rain": "rain",
    "storm lightning": "storm",
    "fog": "fog",
    "sunset": "sunset",
    "sunrise": "sunset",
    "night sky moon": "night sky",
    "space": "night sky",
    "sky clouds": "sky",
    "rainbow": "sky",
    "city day": "city",
    "skyline": "city",
    "city night neon": "city night",
    "street": "street",
    "road driving": "street",
    "road trip": "street",
    "home bedroom": "home",
    "kitchen cooking": "home",
    "cafe": "cafe",
    "restaurant dinner": "cafe",
    "bar drinks": "cafe",
    "concert stage": "concert",
    "festival": "concert",
    "playing instrument": "concert",
    "party nightclub": "celebration",
    "birthday": "celebration",
    "wedding": "celebration",
    "fireworks": "celebration",
    "carnival parade": "celebration",
    "christmas": "celebration",
    "halloween": "celebration",
    "graduation": "celebration",
    "running": "sport",
    "cycling": "sport",
    "gym workout": "sport",
    "football stadium": "sport",
    "boxing": "sport",
    "basketball": "sport",
    "surfing": "sport",
    "skateboarding": "sport",
    "swimming pool": "sport",
    "motorsport": "sport",
    "portrait": "portrait",
    "elderly": "portrait",
    "baby": "portrait",
    "crying sad": "portrait",
    "angry": "portrait",
    "lonely person": "portrait",
    "family": "group",
    "friends": "group",
    "couple romance": "group",
    "children": "group",
    "protest crowd": "group",
    "dance": "group",
    "dog": "animal",
    "cat": "animal",
    "bird": "animal",
    "horse": "animal",
    "wildlife": "animal",
    "farm animals": "animal",
    "insects": "animal",
    "snake spider": "animal",
    "underwater fish": "animal",
    "food": "food",
    "drink": "food",
    "office work": "interior",
    "library study": "interior",
    "church temple": "interior",
    "hospital": "interior",
    "museum art": "interior",
    "industrial factory": "industrial",
    "abandoned ruins": "industrial",
    "garbage squalor": "industrial",
    "prison": "industrial",
    "fire destruction": "danger",
    "disaster accident": "danger",
    "war soldiers": "danger",
    "weapon": "danger",
    "painting abstract": "art",
    "gaming anime": "art",
    "everyday object": "object",
}
"""Concepts in the words of the scene rules (``perception.vocabulary.SCENES``); those left out have no rule."""


def with_concepts(below: ImageReading, image: Image.Image, sharpened: concepts.Opinion | None = None) -> ImageReading:
    """The reading of the pixels with concepts (``sharpened`` as in ``concepts.see``) and the better feeling. Raises
    OSError or RuntimeError where the networks cannot be loaded."""
    seen = concepts.see(image, sharpened)
    plain = below.features["complexity"] < PLAIN  # a plain surface shows nothing
    found = () if plain else seen.concepts
    if not found and below.faces == 1:
        found = (Label(name="portrait", score=PORTRAIT, kind="concept", source="built in"),)
    scenes: dict[str, float] = {}
    for concept in found:
        if scene := SCENES.get(concept.name):
            scenes[scene] = max(scenes.get(scene, 0.0), concept.score)
    told = caption_of_concepts(below.features, [concept.name for concept in found])
    return replace(
        below,
        valence=seen.valence,
        arousal=seen.arousal,
        valence_sd=seen.valence_sd,
        arousal_sd=seen.arousal_sd,
        concepts=found,
        styles=() if plain else seen.styles,
        scenes=tuple(Label(name=name, score=score, kind="scene", source=TIER) for name, score in scenes.items()),
        objects=(),
        tags=(*below.tags, *(() if plain else seen.hints)),
        phrase=told.english,
        captions=(told,),
        tier=TIER,
        confidence=found[0].score if found else NOTHING_NAMED,
    )


PLAIN = 0.02
PORTRAIT = 0.6
"""How sure a single face makes a portrait where nothing else was seen: 29 of 32 such photos were."""
NOTHING_NAMED = 0.3


def available() -> bool:
    return efficientnet.available() and concepts.HEADS_FILE.is_file() and picture_styles.HEAD_FILE.is_file()
