"""Stated rules from a picture's mood and look to sound: what the symbolic reasoning knows.

Each rule is one line with its source. A rule's target is linear in its cue; several rules on one feature are averaged
by weight. Weights are set by hand: stronger where the literature reports larger effects.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.schemas import ImageReading, Label

GABRIELSSON = "Gabrielsson & Lindstroem 2010, The role of structure in the musical expression of emotions"
HEVNER_MODE = "Hevner 1935, The affective character of the major and minor modes in music"
HEVNER_TEMPO = "Hevner 1937, The affective value of pitch and tempo in music"
PALMER = "Palmer, Schloss, Xu & Prado-Leon 2013, Music-color associations are mediated by emotion, PNAS 110"
MARKS = "Marks 1987, On cross-modal similarity: auditory-visual interactions"
EITAN = "Eitan & Granot 2006, How music moves"
TABLE = "correlation in the public table of 70,676 tracks (acousticness-energy -.71, danceability-valence .44)"
HOUSE = "this project's own convention"

WORDS_WEIGHT = 2.0
"""A target that was asked for in words counts more than all rules on the same feature, and is never overwritten."""
MOST_WEIGHT = 0.8
EVEN, EVEN_WITHIN = "the even mood", 0.1
"""What is said of a cue near the middle, which leans to neither side."""


@dataclass(frozen=True)
class Rule:
    """``cue`` (valence, arousal, ``look:NAME`` or ``scene:NAME``, 0..1) sets ``feature`` between ``low`` (cue 0) and
    ``high`` (cue 1). Where both are the same, the cue says how surely the thing is there and scales the weight.
    ``says`` names the seen thing for a low and a high cue."""

    feature: str
    cue: str
    low: float
    high: float
    weight: float
    says: tuple[str, str]
    source: str


RULES = (
    Rule("mode", "valence", 0.10, 0.95, 0.50, ("the sombre mood", "the bright mood"), HEVNER_MODE),
    Rule("tempo", "arousal", 68.0, 150.0, 0.50, ("the stillness", "the energy"), HEVNER_TEMPO),
    Rule("loudness", "arousal", -18.0, -4.5, 0.25, ("the quiet", "the intensity"), GABRIELSSON),
    Rule("acousticness", "arousal", 0.85, 0.05, 0.35, ("the calm", "the drive"), TABLE),
    Rule("danceability", "valence", 0.42, 0.72, 0.20, ("the heaviness", "the lightness"), TABLE),
    Rule("tempo", "look:saturation", 85.0, 135.0, 0.20, ("the muted colours", "the vivid colours"), PALMER),
    Rule("mode", "look:brightness", 0.30, 0.85, 0.20, ("the darkness", "the light"), PALMER),
    Rule("mode", "look:warmth", 0.40, 0.75, 0.10, ("the cool colours", "the warm colours"), PALMER),
    Rule("energy", "look:brightness", 0.40, 0.75, 0.12, ("the dim light", "the bright light"), MARKS),
    Rule("tempo", "look:motion", 140.0, 140.0, 0.30, ("the movement", "the movement"), EITAN),
)

SCENE_RULES = tuple(
    Rule("acousticness", f"scene:{scene}", value, value, 0.30, (f"the {scene}", f"the {scene}"), HOUSE)
    for scene, value in {
        "forest": 0.80,
        "meadow": 0.75,
        "lake": 0.75,
        "mountain": 0.65,
        "home": 0.70,
        "cafe": 0.65,
        "snow": 0.60,
        "city": 0.15,
        "city night": 0.08,
        "concert": 0.10,
        "celebration": 0.12,
        "sport": 0.08,
        "industrial": 0.10,
    }.items()
)

SCENE_GENRES: Mapping[str, tuple[str, ...]] = {
    "beach": ("reggae", "latin"),
    "sea": ("ambient",),
    "lake": ("folk", "ambient"),
    "mountain": ("folk", "soundtrack"),
    "forest": ("folk", "ambient"),
    "meadow": ("folk",),
    "desert": ("blues", "world"),
    "snow": ("classical",),
    "rain": ("lofi", "jazz"),
    "storm": ("soundtrack",),
    "fog": ("ambient",),
    "night sky": ("ambient",),
    "city": ("hiphop",),
    "city night": ("electronic", "rnb"),
    "street": ("indie",),
    "home": ("lofi",),
    "cafe": ("jazz", "folk"),
    "concert": ("rock", "electronic"),
    "celebration": ("disco", "latin", "pop"),
    "sport": ("hiphop", "rock"),
    "industrial": ("techno",),
    "art": ("classical",),
}
"""Styles a scene may suggest, by this project's own convention: a mild wish, never a limit."""

Targets = dict[str, tuple[float, float]]


def cues(valence: float, arousal: float, reading: ImageReading | None, scenes: Sequence[Label]) -> dict[str, float]:
    """Everything the rules may listen to, each 0..1."""
    heard = {"valence": valence, "arousal": arousal}
    if reading:
        heard |= {f"look:{name}": value for name, value in reading.features.items()}
    return heard | {f"scene:{scene.name}": scene.score for scene in scenes}


def targets(heard: Mapping[str, float]) -> tuple[Targets, dict[str, str]]:
    """Feature targets ``{feature: (value, weight)}``, and by feature what it came from: the strongest rule's words."""
    fired: dict[str, list[tuple[float, float, str]]] = {}
    for rule in (*RULES, *SCENE_RULES):
        if rule.cue not in heard:
            continue
        cue = min(max(heard[rule.cue], 0.0), 1.0)
        # a cue near the middle says little about direction, and must not be quoted as a cause; where a rule has but one
        # value, the cue is how surely the thing is there
        clear = cue if rule.low == rule.high else 0.4 + 1.2 * abs(cue - 0.5)
        value = rule.low + (rule.high - rule.low) * cue
        says = EVEN if rule.low != rule.high and abs(cue - 0.5) < EVEN_WITHIN else rule.says[cue >= 0.5]
        fired.setdefault(rule.feature, []).append((value, rule.weight * clear, says))
    values: Targets = {}
    sources: dict[str, str] = {}
    for feature, told in fired.items():
        total = sum(weight for _, weight, _ in told)
        values[feature] = (
            sum(value * weight for value, weight, _ in told) / total if total else told[0][0],
            min(total, MOST_WEIGHT),
        )
        sources[feature] = max(told, key=lambda one: one[1])[2]
    return values, sources


def genres(scenes: Sequence[Label], *, score: float = 0.4) -> tuple[Label, ...]:
    """Styles the clearest scenes suggest, as mild wishes (``score`` times how sure the scene is)."""
    found: dict[str, Label] = {}
    for scene in sorted(scenes, key=lambda label: -label.score)[:2]:
        for name in SCENE_GENRES.get(scene.name, ()):
            found.setdefault(
                name, Label(name=name, score=score * scene.score, kind="genre", source=f"the {scene.name}")
            )
    return tuple(found.values())
