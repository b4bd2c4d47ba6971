"""Seeing: one picture to an ``ImageReading``. For workers and commands; the web process reads stored readings only.

Tiers differ in what the trained model sees (``views``) and in the names of things (lite only); everything measured
from pixels is the same in all. A tier never takes away what the one below it was measured to do better.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from PIL import Image

from core.errors import Unavailable
from core.schemas import ImageReading, Label
from recommender.perception.cross_modal.model import bridge_of
from recommender.perception.images import built_in, clip, clip_reader, colour, scenes, texture
from recommender.perception.images import features as views
from recommender.perception.images.affect_model import Affect, load_model
from recommender.perception.images.captions import caption
from recommender.perception.images.concepts import Opinion
from recommender.perception.images.expressions import EXPRESSIONS
from recommender.perception.images.faces import Face
from recommender.perception.vocabulary import MOODS

log = logging.getLogger(__name__)

LEAST_SCENE = 0.5
MOST_SCENES = 4
MOST_MOODS = 5
MOOD_SPREAD = 0.17
RATED_MEAN = (0.54, 0.43)
RATED_SD = (0.226, 0.136)
"""Mean and standard deviation of people's ratings of photos (OASIS, scaled to 0..1)."""
MOST_STRETCH = 2.0

MOOD_CUES: tuple[tuple[str, str, float], ...] = (
    ("peaceful", "emptiness", 0.5),
    ("calm", "emptiness", 0.4),
    ("dreamy", "sharpness", -0.5),
    ("energetic", "complexity", 0.5),
    ("excited", "colourfulness", 0.4),
    ("playful", "colourfulness", 0.3),
    ("joyful", "brightness", 0.4),
    ("tender", "sharpness", -0.3),
    ("romantic", "warmth", 0.3),
    ("nostalgic", "colourfulness", -0.6),
    ("nostalgic", "warmth", 0.4),
    ("melancholic", "colourfulness", -0.6),
    ("sad", "brightness", -0.4),
    ("lonely", "complexity", -0.5),
    ("dark", "brightness", -1.0),
    ("mysterious", "brightness", -0.8),
    ("dramatic", "contrast", 0.8),
    ("pensive", "colourfulness", -0.4),
)
"""How a measurement speaks for a mood among its neighbours on the affect plane: the log of its score changes by the
weight times the measurement's distance from 0.5, doubled. Set by hand, by common convention."""

MOOD_RARITY = {
    "disgusted": 1.2,
    "spiritual": 1.0,
    "aggressive": 0.5,
    "bittersweet": 0.4,
    "wondrous": 0.4,
    "nostalgic": 0.3,
}
"""Moods that need more than their place on the affect plane to be named of a photo: taken from the log of the score."""

SCENE_MOODS: Mapping[str, tuple[str, ...]] = {
    "sunset": ("romantic", "peaceful", "nostalgic"),
    "sea": ("peaceful", "hopeful"),
    "lake": ("peaceful", "calm"),
    "mountain": ("wondrous", "peaceful"),
    "sky": ("hopeful", "peaceful"),
    "meadow": ("tender", "peaceful"),
    "celebration": ("euphoric", "joyful"),
    "sport": ("energetic", "excited"),
    "danger": ("tense", "fearful"),
    "industrial": ("dark", "disgusted"),
    "group": ("joyful", "romantic"),
}
SCENE_BOOST = 0.9
EXPRESSION_MOODS: Mapping[str, tuple[str, ...]] = {
    "happy": ("joyful", "playful"),
    "sad": ("sad", "melancholic"),
    "angry": ("angry", "tense"),
    "fearful": ("fearful", "tense"),
    "surprised": ("excited", "wondrous"),
    "disgusted": ("disgusted",),
}
"""Moods that the expression of the largest face speaks for."""
EXPRESSION_BOOST = 1.5
PEOPLE_NAMES = {"person", *(f"{expression} face" for expression in EXPRESSIONS)}
LEAST_THING, LEAST_EXPRESSION, MOST_THINGS = 0.6, 0.6, 5
PEOPLE_ONLY = {"lonely", "confident", "angry", "bored"}
"""Moods that a picture of things or land hardly has."""
PEOPLE_SCENES = {"portrait", "group", "sport", "concert", "celebration"}


def read_picture(image: Image.Image, *, tier: str | None = None) -> ImageReading:
    """Read one picture.

    ``image``: RGB, upright (see ``decode.decode_picture``). ``tier``: ``built in``, ``full``, or ``basic`` and
    ``lite``, which the built-in one stands on; the best there is by default. Raises ``Unavailable`` when the asked tier
    is not there; by default a full tier that cannot be loaded gives way to the best below it, and ``note`` says so.
    """
    if tier == "full" or (tier is None and clip.wanted()):
        return _read_full(image, asked=tier is not None)
    if tier == built_in.TIER or (tier is None and built_in.available()):
        return _read_built_in(image, asked=tier is not None)
    return _read_pixels(image, _tier(tier))


def _read_full(image: Image.Image, *, asked: bool) -> ImageReading:
    try:
        seen = clip_reader.see(image, patiently=asked)
    except Unavailable as error:
        if asked:
            raise
        log.warning("the full tier could not be used: %s", error)
        below = _read_below(image)
        return replace(below, note=f"{error.message} This is the {below.tier} tier's reading.")
    below = _read_below(image, seen.opinion)
    felt = clip_reader.with_feeling(below, seen)
    if felt is not below:
        felt = replace(felt, moods=_moods_at(felt))
    return clip_reader.with_names(felt, image, seen)


def _read_below(image: Image.Image, sharpened: Opinion | None = None) -> ImageReading:
    """The best reading below the full tier's."""
    if built_in.available():
        return _read_built_in(image, asked=False, sharpened=sharpened)
    return _read_pixels(image, views.best_tier())


def _read_built_in(image: Image.Image, *, asked: bool, sharpened: Opinion | None = None) -> ImageReading:
    """What the pixels tell, with what the built-in networks see; the pixels alone where these cannot be loaded."""
    below = _read_pixels(image, views.best_tier())
    try:
        reading = built_in.with_concepts(below, image, sharpened)
    except (OSError, RuntimeError, ImportError, ValueError) as error:
        log.warning("the built-in networks could not be used: %s", error)
        if asked:
            raise Unavailable(
                "The built-in picture networks cannot be loaded.",
                hint="Install the requirements again: bin/run does it.",
                code="tier_unavailable",
            ) from error
        return replace(below, note="The built-in picture networks could not be loaded; this is what the pixels tell.")
    return replace(reading, moods=_moods_at(reading))


def _moods_at(reading: ImageReading) -> tuple[Label, ...]:
    """The moods that belong to a reading's point and scenes."""
    affect = Affect(
        valence=reading.valence,
        arousal=reading.arousal,
        valence_sd=reading.valence_sd,
        arousal_sd=reading.arousal_sd,
        confidence=reading.confidence,
        scenes={scene.name: scene.score for scene in reading.scenes},
    )
    moods = _moods(affect, reading.features, affect.scenes, (), people=reading.faces > 0)
    return _labels(moods, "mood", reading.tier)


def _read_pixels(image: Image.Image, chosen: str) -> ImageReading:
    """The basic or lite tier's reading."""
    view = views.View.of(image)
    model = load_model(chosen)
    blocks = view.blocks(chosen)
    affect = model.read(blocks)
    crossing = bridge_of(chosen)
    faces = _faces(view, affect)
    features = measure(view)
    seen = _scenes(view, chosen, affect, faces)
    moods = _moods(affect, features, seen, faces)
    named = _named(view, faces) if chosen == "lite" else {}
    palette = colour.palette(view.lab)
    return ImageReading(
        valence=affect.valence,
        arousal=affect.arousal,
        valence_sd=affect.valence_sd,
        arousal_sd=affect.arousal_sd,
        moods=_labels(moods, "mood", chosen),
        scenes=_labels(seen, "scene", chosen),
        objects=_labels(named, "object", chosen),
        palette=palette,
        features=features,
        faces=len(faces),
        smiles=sum(face.smiles for face in faces),
        phrase=caption(features, list(seen), [name for name in named if name not in PEOPLE_NAMES], faces),
        tier=chosen,
        confidence=affect.confidence,
        vector=crossing.picture_vector(blocks) if crossing else (),
        vector_space=crossing.space if crossing else "",
    )


def measure(view: views.View) -> dict[str, float]:
    """The named measurements of a picture, each 0..1: light, colour, structure."""
    named = {
        **colour.describe_light(view.lab),
        "colourfulness": min(1.0, colour.colourfulness(view.pixels) / colour.MOST_COLOURFUL),
        "warmth": colour.warmth(view.lab),
        **texture.describe_structure(view.light),
    }
    return {name: round(float(value), 4) for name, value in named.items()}


def _tier(asked: str | None) -> str:
    best = views.best_tier()
    if asked is None:
        return best
    if asked not in views.TIERS[: views.TIERS.index(best) + 1]:
        raise Unavailable(
            f"Pictures cannot be read in the {asked} tier: its files are not on disk.",
            hint=f"Use one of: {', '.join(views.TIERS[: views.TIERS.index(best) + 1])}, or fetch the models first.",
            code="tier_unavailable",
        )
    return asked


def _faces(view: views.View, affect: Affect) -> tuple[Face, ...]:
    """Human faces; the cascade takes an animal's face for one too, so it is not asked where an animal was seen."""
    return () if affect.scenes.get("animal", 0.0) >= LEAST_SCENE else view.faces


def _named(view: views.View, faces: Sequence[Face]) -> dict[str, float]:
    """Things, people and clear expressions, the surest first."""
    named = scenes.objects(view.classes)
    for thing in view.things:
        if thing.score >= LEAST_THING:
            named[thing.name] = max(named.get(thing.name, 0.0), thing.score)
    for expression, score in (face.shows for face in faces):
        if score >= LEAST_EXPRESSION and expression != "neutral":
            named[f"{expression} face"] = max(named.get(f"{expression} face", 0.0), score)
    return dict(sorted(named.items(), key=lambda pair: -pair[1])[:MOST_THINGS])


def _scenes(view: views.View, tier: str, affect: Affect, faces: Sequence[Face]) -> dict[str, float]:
    """Clear scenes, best first: the strongest evidence of the trained heads, class names, colours and faces."""
    evidence = [scenes.colour_scenes(view.lab), scenes.face_scenes(faces), affect.scenes]
    if tier == "lite":
        evidence.append(scenes.class_scenes(view.classes))
    best: dict[str, float] = {}
    for source in evidence:
        for name, score in source.items():
            best[name] = max(best.get(name, 0.0), score)
    if max(best, key=lambda name: best[name]) != "object":
        best.pop("object", None)  # "an everyday object" adds nothing beside a more telling scene
    kept = sorted(((n, s) for n, s in best.items() if s >= LEAST_SCENE), key=lambda pair: -pair[1])
    return dict(kept[:MOST_SCENES])


def _moods(
    affect: Affect,
    features: Mapping[str, float],
    seen: Mapping[str, float],
    faces: Sequence[Face],
    *,
    people: bool = False,
) -> dict[str, float]:
    """Moods near the predicted point, modulated by what was measured and seen; scores relative to a perfect fit."""
    valence, arousal = _rescaled_to_rating_spread(affect)
    people = people or bool(faces) or bool(PEOPLE_SCENES & set(seen))
    expression, sure = faces[0].shows if faces else ("", 0.0)
    shown = EXPRESSION_MOODS.get(expression, ())
    scores: dict[str, float] = {}
    for mood in MOODS.values():
        if mood.name in PEOPLE_ONLY and not people:
            continue
        distance = (mood.valence - valence) ** 2 + (mood.arousal - arousal) ** 2
        logarithm = -distance / (2 * MOOD_SPREAD**2) - MOOD_RARITY.get(mood.name, 0.0)
        logarithm += sum(w * 2 * (features[cue] - 0.5) for name, cue, w in MOOD_CUES if name == mood.name)
        logarithm += EXPRESSION_BOOST * sure * (mood.name in shown)
        logarithm += sum(SCENE_BOOST * s for scene, s in seen.items() if mood.name in SCENE_MOODS.get(scene, ()))
        scores[mood.name] = math.exp(logarithm)
    top = max(*scores.values(), 1.0)
    ranked = sorted(((name, score / top) for name, score in scores.items()), key=lambda pair: -pair[1])
    best = ranked[0][1]
    return {name: score for name, score in ranked[:MOST_MOODS] if score >= 0.5 * best}


def _rescaled_to_rating_spread(affect: Affect) -> tuple[float, float]:
    """The predicted point with the spread of people's ratings restored (predictions crowd around the mean)."""
    point = []
    for value, error, mean, sd in zip(
        (affect.valence, affect.arousal), (affect.valence_sd, affect.arousal_sd), RATED_MEAN, RATED_SD, strict=True
    ):
        explained = math.sqrt(max(sd**2 - error**2, (sd / MOST_STRETCH) ** 2))
        point.append(min(max(mean + (value - mean) * sd / explained, 0.0), 1.0))
    return point[0], point[1]


def _labels(scores: Mapping[str, float], kind: str, source: str) -> tuple[Label, ...]:
    return tuple(
        Label(name=name, score=round(min(score, 1.0), 4), kind=kind, source=source) for name, score in scores.items()
    )
