"""Several ways to hear what was seen or said: concepts with probabilities and a mood to musical directions.

Every concept brings the directions an editor would take for it (``recommender.music.occasions``). A direction counts by
how likely the concept is, how often an editor would take it, how well its temper suits the mood that was read, and how
like it is to the styles heard in this very picture (``perception.images.picture_styles``). The styles heard make
directions of their own, too. The takes are the strongest that differ from each other. Where nothing is seen, styles
whose usual mood lies near serve.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.schemas import Label, MusicBrief, Take
from core.wording import Wording, headed
from recommender.mapping.context import moment_pull
from recommender.mapping.leanings import NEUTRAL, STYLE_WEIGHTS, Leanings
from recommender.mapping.target import PHOTO_MEAN, unit
from recommender.music.occasions import Direction, Occasion, occasions
from recommender.music.styles import SEASONAL_STYLE, SEASONAL_THEME, Style, places, spoken, styles, together
from recommender.perception.vocabulary import MOODS

MOST_TAKES, MOST_SHOWN = 5, 3
"""How many takes a brief has, and how many of them stand above its list."""
MOST_CONCEPTS = 6
KINDS = {
    "event": 1.0,
    "activity": 1.0,
    "animal": 0.9,
    "place": 0.9,
    "scene": 0.85,
    "thing": 0.75,
    "people": 0.8,
    "feeling": 0.8,
    "weather": 0.7,
    "season": 0.7,
    "look": 0.6,
}
"""How much a concept of this kind says of the music: a wedding says more than a cloud."""
VALENCE_WIDTH, AROUSAL_WIDTH = 0.25, 0.24
OWN_VALENCE, OWN_AROUSAL = 0.4, 0.6
"""How far the temper expected of a list is the occasion's usual one, against the photo's."""
MUSIC_MEAN_AROUSAL, STRETCH = 0.5, 1.3
FAMILIES = {"classical": 0.7, "screen": 0.75, "stage": 0.6, "caribbean": 0.85, "asian": 0.85}
"""What is listened to less than it comes to mind."""
FOR_OTHERS = {"children's songs": 0.25}
"""Styles that are rarely for the one who took the picture: who photographs small children is grown up."""
SOLEMN, SOLEMN_BELOW = ("classical", "screen"), 0.45
"""Families that are just right where a picture is grave: below this valence nothing is taken from them."""
LEAST_SUITED = 0.25
"""What is left of a direction whose temper does not suit the mood at all: the reading may be wrong."""
TOO_ALIKE = 0.85
"""How much of a direction's strength is lost by being like one that was taken already."""
THEME_WEIGHTS = (1.0, 0.75, 0.6, 0.5)
ALSO_SEEN = 0.4
"""What a song gains, against the direction's own themes, by being about something else that was seen."""
FROM_PICTURE = 0.5
"""A take's point on the affect plane lies this far towards the picture's, from its own."""
HEARD_POWER = 4.0
"""How sharply a direction is judged by its likeness to the styles heard in the picture: likeness, against that of the
likest, to this power. This and ``HEARD`` were set on 1,856 photos that an editor answered for
(``lab/training/heard_photos.csv``), heard by heads that had not seen them."""
USUAL_LIKENESS = 0.15
"""What stands in for that likeness as far as the styles heard are unsure."""
HEARD, MOST_HEARD = 0.4, 6
"""The strength of directions made of those styles themselves where nothing else is seen, against a concept that is
certain; how many there are. What is clearly seen is an editor's to answer, who wrote its directions."""
BEHIND = 0.6
"""What a take's own styles still count for where more of another one is wished."""
BESIDE = 0.15
"""A style joins such a direction when it is heard, and stands beside its first, this well against the first itself."""
NOTHING_SEEN = 0.1
"""The strength of directions by mood alone, against a concept that is certain."""


def takes_for(
    concepts: Sequence[Label],
    valence: float,
    arousal: float,
    asked: Collection[str] = (),
    heard: Sequence[Label] = (),
    *,
    leanings: Leanings = NEUTRAL,
) -> tuple[Take, ...]:
    """Up to ``MOST_TAKES`` takes, likeliest first; their chances sum to 1. ``concepts``: names of occasions with
    probabilities, those that are none are passed over. ``valence``/``arousal``: the mood read, 0..1. ``asked``: styles
    that every take is to play, because somebody said so. ``heard``: styles heard in the picture, 0..1, the strongest
    as sure as they are together. ``leanings``: what was learned of what people choose."""
    seen = [label for label in concepts if label.name in occasions() and label.score > 0][:MOST_CONCEPTS]
    options: list[tuple[Direction, float]] = []
    for label in seen:
        occasion = occasions()[label.name]
        options += [
            (one, label.score * KINDS.get(occasion.kind, 0.8) * _drawn_to(one, valence) * one.weight * suited)
            for one, suited in zip(occasion.directions, _suited(occasion, valence, arousal), strict=True)
        ]
    unseen = 1.0 - max((label.score for label in seen), default=0.0)
    options += [(one, NOTHING_SEEN * unseen * one.weight) for one in _by_mood(valence, arousal)]
    if (loud := _loudness(heard)).any():
        leading = {one.styles[0] for one, _ in options if one.occasion}
        if all(label.name != SEASONAL_THEME for label in seen):
            leading.add(SEASONAL_STYLE)
        options = _weighed(options, loud)
        options += [
            (one, HEARD * unseen * one.weight)
            for one in _heard(loud, seen[0].name if seen else "", valence, arousal)
            if one.styles[0] not in leading  # an editor wrote the better one
        ]
    if asked:
        options = [(_played(one, asked), strength) for one, strength in options]
    chosen = _different([(one, strength * leanings.factor(one.occasion, one.styles)) for one, strength in options])
    total = sum(strength for _, strength in chosen) or 1.0
    return tuple(
        replace(
            _take(direction, strength / total, seen, valence, arousal),
            learned=round(leanings.factor(direction.occasion, direction.styles), 4),
        )
        for direction, strength in chosen[:MOST_TAKES]
    )


def _played(direction: Direction, asked: Collection[str]) -> Direction:
    """The same direction with the asked styles alone."""
    chosen = _nearest(direction.styles, asked, _valence(direction), direction.energy)
    return replace(direction, styles=chosen, **_called_by(chosen[0], direction.styles, direction.occasion))


def _nearest(own: Collection[str], asked: Collection[str], valence: float, arousal: float) -> tuple[str, ...]:
    """Three of the asked styles: those that are its own already, then those that lie nearest to its own and to the
    point."""
    place = places()
    wanted = together()[[place[one] for one in own if one in place]].max(axis=0, initial=0.0)

    def nearness(one: str) -> tuple[bool, float]:
        style = styles()[one]
        away = math.hypot(style.valence - valence, style.arousal - arousal)
        return one in own, float(wanted[place[one]]) - away

    return tuple(sorted(sorted(asked), key=nearness, reverse=True)[:3])


def _called_by(style: str, own: Collection[str], occasion: str) -> dict[str, Any]:
    """What else changes where the first of the asked styles is none of its own: its title, era and languages."""
    if style in own:
        return {}
    thing = occasions()[occasion].thing if occasion in occasions() else ""
    title = _styled(style, FOR_A_THING if thing else BARE, thing=thing)
    return {"title": title.english, "wording": title, "years": None, "languages": ()}


def played_in(takes: Sequence[Take], asked: Collection[str], *, beside: bool = False) -> tuple[Take, ...]:
    """The takes in the styles that somebody asked for afterwards; ``beside``: with their own styles behind those. What
    they are about stays."""
    changed = []
    for take in takes:
        chosen = dict(zip(_nearest(take.styles, asked, take.valence, take.arousal), STYLE_WEIGHTS, strict=False))
        if beside:
            chosen |= {name: BEHIND * weight for name, weight in take.styles.items() if name not in chosen}
        played = replace(take, styles=chosen, **_called_by(next(iter(chosen)), take.styles, take.concept))
        changed.append(replace(played, title=headed(played.title)))
    return tuple(changed)


def _suited(occasion: Occasion, valence: float, arousal: float) -> list[float]:
    """How well the temper of each of the occasion's directions goes with the mood read, ``LEAST_SUITED``..1.

    What is expected lies between the occasion's own usual temper and the photo's: a skier is energetic music, however
    still the photo; photos' arousal is stretched to the width that music has."""
    usual = sum(one.weight for one in occasion.directions) or 1.0
    usual_valence = sum(one.weight * _valence(one) for one in occasion.directions) / usual
    usual_energy = sum(one.weight * one.energy for one in occasion.directions) / usual
    loud = MUSIC_MEAN_AROUSAL + STRETCH * (arousal - PHOTO_MEAN[1])
    due = (
        OWN_VALENCE * usual_valence + (1.0 - OWN_VALENCE) * valence,
        OWN_AROUSAL * usual_energy + (1.0 - OWN_AROUSAL) * loud,
    )
    return [
        LEAST_SUITED
        + (1.0 - LEAST_SUITED)
        * math.exp(
            -(((_valence(one) - due[0]) / VALENCE_WIDTH) ** 2 + ((one.energy - due[1]) / AROUSAL_WIDTH) ** 2) / 2
        )
        for one in occasion.directions
    ]


def _drawn_to(direction: Direction, valence: float) -> float:
    first = direction.styles[0] if direction.styles else ""
    family = styles()[first].family if first else ""
    drawn = 1.0 if family in SOLEMN and valence < SOLEMN_BELOW else FAMILIES.get(family, 1.0)
    return drawn * FOR_OTHERS.get(first, 1.0)


def _valence(direction: Direction) -> float:
    known = [MOODS[name].valence for name in direction.moods if name in MOODS]
    return sum(known) / len(known) if known else 0.5


def _by_mood(valence: float, arousal: float) -> list[Direction]:
    """Directions for a mood alone: the styles that usually lie nearest to it, each with its neighbours."""
    near = sorted(styles().values(), key=lambda one: (one.valence - valence) ** 2 + (one.arousal - arousal) ** 2)
    found: list[Direction] = []
    for style in near[:12]:
        away = math.hypot(style.valence - valence, style.arousal - arousal)
        weight = math.exp(-((away / 0.15) ** 2) / 2)
        found.append(_by_styles((style.name, *style.near[:2]), "", weight, valence, arousal))
    return found


def _loudness(heard: Sequence[Label]) -> NDArray[np.float64]:
    """(styles,) 0..1: how strongly each is heard."""
    loud = np.zeros(len(places()))
    for label in heard:
        if label.name in places():
            loud[places()[label.name]] = label.score
    return loud


def _weighed(options: Sequence[tuple[Direction, float]], loud: NDArray[np.float64]) -> list[tuple[Direction, float]]:
    """The options, the stronger the more they are like the styles heard, as far as those are sure."""
    like = np.clip(_vectors([one for one, _ in options]) @ (loud / np.linalg.norm(loud)), 0.0, 1.0)
    like = (like / max(like.max(), 1e-9)) ** HEARD_POWER
    like = loud.max() * like + (1.0 - loud.max()) * USUAL_LIKENESS
    return [(one, strength * float(much)) for (one, strength), much in zip(options, like, strict=True)]


def _heard(loud: NDArray[np.float64], concept: str, valence: float, arousal: float) -> list[Direction]:
    """Directions of the styles heard: the strongest that differ from each other, each with those that are heard, too,
    and stand beside it."""
    names, matrix = list(places()), together()
    left, found = loud.copy(), list[Direction]()
    for _ in range(MOST_HEARD):
        first = int(np.argmax(left))
        if left[first] <= 0:
            break
        beside = loud * (matrix[first] + matrix[first] ** 2) / 2
        beside[first] = 0.0
        others = [row for row in np.argsort(-beside)[:2] if beside[row] > BESIDE * loud[first]]
        heard_here = (names[first], *(names[row] for row in others))
        found.append(_by_styles(heard_here, concept, float(loud[first]), valence, arousal))
        left *= 1.0 - matrix[first]
    return found


def _by_styles(names: tuple[str, ...], occasion: str, weight: float, valence: float, arousal: float) -> Direction:
    """A direction of styles alone, with the temper of the first. ``valence``/``arousal``: the mood read."""
    first = styles()[names[0]]
    title = _titled(first, valence, arousal)
    return Direction(
        occasion=occasion,
        title=title.english,
        wording=title,
        styles=names,
        themes=(),
        moods=first.moods,
        valence_shift=0.0,
        energy=first.arousal,
        years=None,
        languages=(),
        weight=weight,
    )


TITLES = FOR_A_THING, IN_A_MOOD, BARE = "{style} for {thing}", "{feeling} {style}", "{style}"


def _titled(style: Style, valence: float, arousal: float) -> Wording:
    """Its name, with that one of its moods that lies nearest to the mood read."""
    name = spoken(style.name)
    fitting = [mood for mood in style.moods if mood not in name and mood in MOODS]
    mood = min(
        fitting, key=lambda one: math.hypot(MOODS[one].valence - valence, MOODS[one].arousal - arousal), default=""
    )
    return _styled(style.name, IN_A_MOOD if mood else BARE, feeling=mood)


def _styled(style: str, text: str, **words: str) -> Wording:
    told = {"style": spoken(style), **words}
    return Wording(text=text, words={hole: (word,) for hole, word in told.items() if word})


def _vectors(directions: Sequence[Direction]) -> NDArray[np.float64]:
    """(n, styles): what each direction plays, spread over neighbouring styles, of length 1."""
    place = places()
    rows = np.zeros((len(directions), len(place)))
    for row, one in enumerate(directions):
        for name, weight in zip(one.styles, STYLE_WEIGHTS, strict=False):
            rows[row, place[name]] = weight
    rows = rows @ together()
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))


def _different(options: Sequence[tuple[Direction, float]]) -> list[tuple[Direction, float]]:
    """The strongest directions that are not alike, strongest first."""
    if not options:
        return []
    strength = np.array([value for _, value in options])
    vectors = _vectors([one for one, _ in options])
    alike = np.clip(vectors @ vectors.T, 0.0, 1.0) ** 3
    chosen: list[int] = []
    left = strength.copy()
    while len(chosen) < MOST_TAKES and left.max(initial=0.0) > 0:
        best = int(np.argmax(left))
        chosen.append(best)
        left = np.minimum(left, strength * (1.0 - TOO_ALIKE * alike[best]))
        left[chosen] = 0.0
    return [options[row] for row in sorted(chosen, key=lambda row: -strength[row])]


def _take(direction: Direction, chance: float, seen: Sequence[Label], valence: float, arousal: float) -> Take:
    own = _valence(direction)
    themes = {label.name: ALSO_SEEN * label.score for label in seen}
    themes |= dict(zip(direction.themes, THEME_WEIGHTS, strict=False))
    towards = (valence + direction.valence_shift / 2, arousal)
    share = FROM_PICTURE if direction.occasion else 1.0  # of a mood alone nothing is known but that mood
    return Take(
        title=headed(direction.title),
        wording=direction.wording,
        styles=dict(zip(direction.styles, STYLE_WEIGHTS, strict=False)),
        themes={name: round(weight, 4) for name, weight in themes.items()},
        moods=direction.moods,
        valence=unit(own + share * (towards[0] - own)),
        arousal=unit(direction.energy + share * (towards[1] - direction.energy)),
        years=direction.years,
        languages=direction.languages,
        chance=round(chance, 4),
        concept=direction.occasion,
        why=direction.occasion or "the mood",
    )


def with_takes(brief: MusicBrief, takes: Sequence[Take], take: int = 1) -> MusicBrief:
    """The brief with these takes and one of them chosen (from 1): its point and moods become the brief's."""
    return choose_take(replace(brief, takes=tuple(takes)), take)


def standing_takes(brief: MusicBrief, off: Collection[str]) -> list[int]:
    """The numbers of the takes whose concept is not among the switched-off chips (``concept:beach``)."""
    return [number for number, take in enumerate(brief.takes, 1) if f"concept:{take.concept}" not in off]


def shown_takes(brief: MusicBrief) -> list[int]:
    """The numbers of the takes that stand above the list, in their order; none where there is no choice."""
    return standing_takes(brief, brief.switched_off)[:MOST_SHOWN] if len(brief.takes) > 1 else []


def choose_take(brief: MusicBrief, take: int) -> MusicBrief:
    """The same brief heard another way, at the same moment. A number that is none of its takes leaves it as it is."""
    if not 0 < take <= len(brief.takes):
        return brief
    chosen = brief.takes[take - 1]
    across, up = moment_pull(brief.moment, brief.switched_off)
    heard = replace(brief, take=take, valence=unit(chosen.valence + across), arousal=unit(chosen.arousal + up))
    if not chosen.concept:
        return heard  # of a mood alone: what was read of it stays
    asked = tuple(label for label in brief.moods if abs(label.score) >= 1.0 and label.source)
    moods = tuple(Label(name=name, score=1.0 - 0.2 * rank) for rank, name in enumerate(chosen.moods))
    return replace(heard, moods=(*asked, *(label for label in moods if label.name not in {one.name for one in asked})))


def seed_of(*facts: object) -> int:
    """A number that is the same for the same facts, on every machine."""
    return int.from_bytes(hashlib.sha256(repr(facts).encode()).digest()[:4], "big")
