"""A caption-like phrase made only of what was measured and seen in a picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

from core.wording import Wording

if TYPE_CHECKING:
    from recommender.perception.images.faces import Face

SCENE_WORDS: Mapping[str, str] = {
    "beach": "a beach",
    "sea": "the sea",
    "lake": "a lake",
    "river": "running water",
    "mountain": "mountains",
    "forest": "trees",
    "meadow": "plants",
    "sunset": "a low sun",
    "sky": "open sky",
    "city": "city buildings",
    "street": "a street",
    "home": "a room",
    "cafe": "a cafe",
    "concert": "a stage",
    "celebration": "a celebration",
    "sport": "people in motion",
    "portrait": "a person close up",
    "group": "people together",
    "animal": "an animal",
    "food": "food",
    "interior": "an interior",
    "industrial": "a rough, worn place",
    "danger": "something threatening",
    "object": "a single thing",
    "art": "a drawing",
}


GROUND = {"beach", "sea", "lake", "river", "mountain", "forest", "meadow", "sunset", "sky", "city", "street"}
"""Scenes that light lies over; it falls on all other things."""
GENERAL = ("animal", "food", "object")
"""Scenes whose word gives way to the name of the thing where it is known."""


def caption(features: Mapping[str, float], scenes: Sequence[str], objects: Sequence[str], faces: Sequence[Face]) -> str:
    """Such as "warm, dim light over a beach and open sky, quiet and wide"; ``scenes`` and ``objects`` best first."""
    shown = [scene for scene in scenes[:2] if scene in SCENE_WORDS]
    things = [SCENE_WORDS[scene] for scene in shown]
    for place, scene in enumerate(shown):
        if objects and scene in GENERAL:
            things[place] = _with_article(objects[0])
            break
    if faces and not {"portrait", "group"} & set(shown):
        things.append("a face" if len(faces) == 1 else "faces")
    smiles = sum(face.smiles for face in faces)
    if smiles:
        things.append("a smile" if smiles == 1 else "smiles")
    preposition = "over" if set(shown) & GROUND else "on"
    where = f" {preposition} {_joined(things)}" if things else ""
    return f"{_light(features)}{where}, {_manner(features)}"


TEXTS = OF_THINGS, OF_LIGHT = "{things}, in {light}", "{light}, {manner}"


def caption_of_concepts(features: Mapping[str, float], concepts: Sequence[str]) -> Wording:
    """Such as "a beach and a sunset, in warm light"; of nothing known its light alone."""
    things = tuple(CONCEPT_WORDS.get(name, name) for name in concepts[:2])
    light = (_light(features),)
    if things:
        return Wording(text=OF_THINGS, words={"things": things, "light": light})
    return Wording(text=OF_LIGHT, words={"light": light, "manner": (_manner(features),)})


CONCEPT_WORDS: Mapping[str, str] = {
    "beach": "a beach",
    "sea": "the sea",
    "sailing boat": "a sailing boat",
    "lake": "a lake",
    "river": "a river",
    "waterfall": "a waterfall",
    "mountain": "mountains",
    "forest": "a forest",
    "meadow flowers": "a meadow",
    "garden": "a garden",
    "countryside farm": "the countryside",
    "desert": "a desert",
    "sky clouds": "a wide sky",
    "sunset": "a sunset",
    "night sky moon": "the night sky",
    "space": "outer space",
    "rain": "rain",
    "storm lightning": "a storm",
    "fog": "fog",
    "snow": "snow",
    "winter ice": "ice",
    "city day": "a city",
    "city night neon": "a city at night",
    "skyline": "a skyline",
    "street": "a street",
    "road driving": "a road",
    "train travel": "a train",
    "cafe": "a cafe",
    "restaurant dinner": "a set table",
    "bar drinks": "a bar",
    "church temple": "a church",
    "castle": "a castle",
    "abandoned ruins": "a ruin",
    "industrial factory": "a factory",
    "prison": "a prison",
    "cemetery": "a graveyard",
    "funeral": "a funeral",
    "hospital": "a hospital",
    "library study": "books",
    "office work": "an office",
    "home bedroom": "a bedroom",
    "kitchen cooking": "a kitchen",
    "garbage squalor": "rubbish",
    "wedding": "a wedding",
    "birthday": "a birthday",
    "christmas": "Christmas",
    "halloween": "Halloween",
    "fireworks": "fireworks",
    "carnival parade": "a parade",
    "graduation": "a graduation",
    "party nightclub": "a party",
    "concert stage": "a concert",
    "picnic barbecue": "a picnic",
    "protest crowd": "a protest",
    "war soldiers": "soldiers",
    "football stadium": "a stadium",
    "fire destruction": "fire and destruction",
    "running": "a run",
    "gym workout": "a workout",
    "cycling": "a bicycle ride",
    "swimming pool": "a pool",
    "surfing": "a surfer",
    "skiing": "skiing",
    "motorsport": "a race",
    "car motorbike": "a car",
    "boxing": "a boxing match",
    "dance": "dancing",
    "playing instrument": "a musician",
    "gaming anime": "a drawn world",
    "baby": "a baby",
    "children": "children",
    "mother": "a mother",
    "father": "a father",
    "family": "a family",
    "couple romance": "a couple",
    "elderly": "an old person",
    "portrait": "a portrait",
    "lonely person": "somebody alone",
    "crying sad": "tears",
    "angry": "an angry face",
    "dog": "a dog",
    "cat": "a cat",
    "bird": "a bird",
    "horse": "a horse",
    "wildlife": "a wild animal",
    "food": "food",
    "drink": "a drink",
    "flowers": "flowers",
    "fire": "a fire",
    "old car": "an old car",
    "black and white": "black and white",
    "vintage photo": "an old photo",
    "painting abstract": "a painting",
}


LEVELS, TEMPERATURES = ("", "bright", "dim"), ("", "warm", "cool")
LIGHT_WORDS = (
    *(f"{level} grey tones".strip() for level in LEVELS),
    *(
        f"{', '.join(filter(None, both))} light"
        for both in product(LEVELS, TEMPERATURES)
        if any(both)
    ),
    "vivid colours", "muted colours", "even light",
)  # fmt: skip
"""Everything that ``_light`` may say."""
MANNER_WORDS = (
    "quiet and wide", "clear and open", "busy and full of detail", "in strong contrast", "soft and still",
    "calm in detail", "richly textured",
)  # fmt: skip
"""Everything that ``_manner`` may say."""


def _light(features: Mapping[str, float]) -> str:
    """Brightness and colour temperature before "light", or "colours" where only their strength stands out."""
    brightness = features["brightness"]
    level = "bright" if brightness > 0.7 else "dim" if brightness < 0.35 else ""
    if features["colourfulness"] < 0.08:
        return f"{level} grey tones".strip()
    temperature = "warm" if features["warmth"] > 0.62 else "cool" if features["warmth"] < 0.38 else ""
    if level or temperature:
        return f"{', '.join(word for word in (level, temperature) if word)} light"
    if features["colourfulness"] > 0.6:
        return "vivid colours"
    return "muted colours" if features["colourfulness"] < 0.22 else "even light"


def _manner(features: Mapping[str, float]) -> str:
    complexity = features["complexity"]
    if features["emptiness"] > 0.55:
        return "quiet and wide" if complexity < 0.3 else "clear and open"
    if complexity > 0.65:
        return "busy and full of detail"
    if features["contrast"] > 0.75:
        return "in strong contrast"
    if features["sharpness"] < 0.35:
        return "soft and still"
    return "calm in detail" if complexity < 0.35 else "richly textured"


def _joined(things: Sequence[str]) -> str:
    return things[0] if len(things) == 1 else f"{', '.join(things[:-1])} and {things[-1]}"


def _with_article(name: str) -> str:
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
