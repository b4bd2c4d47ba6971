"""What was seen and said to what music to look for: ImageReading + WordsReading -> MusicBrief.

Three reasonings: ``symbolic`` (the stated rules of ``mapping_rules`` over the reading), ``neural`` (sentence vectors
only: the target is where the words of the phrase lie among the moods) and ``hybrid`` (both). No model is loaded
here: a worker passes ``embed``; ``adjust`` needs none and serves the web process.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from dylumo_site.errors import BadInput
from recommender import mapping_rules
from recommender.mapping_rules import WORDS_WEIGHT
from recommender.perception.text import vocabulary_vectors
from recommender.perception.vocabulary import ACTIVITIES, MOODS, SCENES
from recommender.ranking.pool import FEATURE_MEAN, FEATURE_SD, list_means
from recommender.values import ImageReading, Label, MusicBrief, ScoredTrack, Want, WordsReading

Reasoning = Literal["hybrid", "symbolic", "neural"]
REASONINGS = ("hybrid", "symbolic", "neural")
Embed = Callable[[Sequence[str]], NDArray[np.float32]]

PHOTO_MEAN = (0.54, 0.43)
PHOTO_SD = (0.226, 0.136)
"""Mean and standard deviation of human valence and arousal ratings of photos (OASIS, 541 photos, scaled to 0..1)."""
MOST_STRETCH = 2.5
WORDS_SHARE = 0.65
"""How far described words pull the target from the picture's: they are said on purpose."""
CHIP_SHARE = 0.5
"""How far switching chips off moves the target towards what the other chips say."""
NEURAL_TEMPERATURE = 0.06
CONTEXT_SHARE = 0.3
DEFAULT_COUNT = 12
MOST_TRACKS = 100


class NothingToGoBy(BadInput):
    code = "nothing_to_go_by"
    message = "There is nothing to choose music by."
    hint = "Give a picture, or describe in words what you would like to hear."


def brief_for(
    reading: ImageReading | None,
    words: Sequence[WordsReading] = (),
    *,
    reasoning: str = "hybrid",
    count: int | None = None,
    previous: MusicBrief | None = None,
    embed: Embed | None = None,
    context: Mapping[str, str] | None = None,
) -> MusicBrief:
    """The brief for a picture, words, or both. Limits and wishes of ``previous`` stay unless the words replace them.

    ``embed``: texts to unit vectors; without it the brief has no vector and ``neural`` falls back on the reading's
    own point. ``context``: ``{"activity": NAME}`` draws the target towards an activity. Raises NothingToGoBy, and
    BadInput for an unknown reasoning.
    """
    if reasoning not in REASONINGS:
        raise BadInput(f"There is no reasoning called {reasoning}.", hint=f"Use one of: {', '.join(REASONINGS)}.")
    if reading is None and not words and previous is None:
        raise NothingToGoBy
    valence, arousal = _target(reading, words, previous)
    valence, arousal = _drawn_to_activity(valence, arousal, context)
    scenes = reading.scenes[:4] if reading else previous.scenes if previous else ()
    moods = reading.moods[:5] if reading else previous.moods if previous else ()
    features, sources = mapping_rules.targets(mapping_rules.cues(valence, arousal, reading, scenes))
    brief = MusicBrief(
        valence=valence,
        arousal=arousal,
        spread=_spread(reading),
        moods=moods,
        genres=_merged(previous.genres if previous else (), mapping_rules.genres(scenes)),
        instruments=previous.instruments if previous else (),
        scenes=scenes,
        features=features | _asked_features(previous),
        limits=previous.limits if previous else MusicBrief(valence=0, arousal=0).limits,
        words=_joined(previous.words if previous else "", words),
        phrase=reading.phrase if reading else previous.phrase if previous else "",
        sources=_placed(sources, "in your picture" if reading else "you described")
        | _sources(reading, words, previous),
        confidence=reading.confidence if reading else max((w.confidence for w in words), default=0.5),
        reasoning=reasoning,
    )
    brief = _with_words(brief, words, FEATURE_MEAN | {"valence": valence, "arousal": arousal})
    brief = replace(brief, count=_count(brief, count, previous), vector=_vector(brief, embed))
    return _for_reasoning(brief, reasoning)


def adjust(
    brief: MusicBrief, *, valence: float | None = None, arousal: float | None = None, off: set[str] | None = None
) -> MusicBrief:
    """The brief after the person moved the point (0..1) or switched chips; ``off`` is the complete set of chips that
    are off, such as ``{"mood:joyful", "scene:beach"}``. Loads no model; switching back restores what was."""
    v, a = brief.valence, brief.arousal
    vector = brief.vector
    switched = brief.switched_off
    if off is not None:
        switched = tuple(sorted(off))
        before, after = _chip_pull(brief, brief.switched_off), _chip_pull(brief, switched)
        v, a = v + after[0] - before[0], a + after[1] - before[1]
        vector = _switched_vector(brief, switched)
    v = _unit(v if valence is None else valence)
    a = _unit(a if arousal is None else arousal)
    moved = replace(brief, valence=v, arousal=a, switched_off=switched, vector=vector)
    if valence is not None or arousal is not None:
        moved = replace(moved, sources=dict(brief.sources) | {"affect": "the point you chose on the map"})
    return _following_rules(moved, brief)


def move(
    brief: MusicBrief,
    words: WordsReading | Sequence[WordsReading],
    current: Sequence[ScoredTrack] | Mapping[str, float],
    *,
    embed: Embed | None = None,
) -> MusicBrief:
    """The brief after comparatives ("a bit slower"): moves from where the list is, by each wish's amount in standard
    deviations of the feature; what is not mentioned stays. New limits are merged in.

    ``current``: the list now shown, or the means of its features.
    """
    said = [words] if isinstance(words, WordsReading) else list(words)
    means = current if isinstance(current, Mapping) else list_means([track.track_id for track in current])
    means = {**FEATURE_MEAN, "valence": brief.valence, "arousal": brief.arousal, **means}
    moved = _with_words(brief, said, means)
    moved = replace(
        moved,
        words=_joined(brief.words, said),
        count=_count(moved, None, brief),
        sources=dict(moved.sources) | ({"affect": _quoted(said)} if _touches_affect(said) else {}),
    )
    changed = _following_rules(moved, brief)
    labels = (changed.moods, changed.genres, changed.instruments)
    if embed and changed.vector and labels != (brief.moods, brief.genres, brief.instruments):
        changed = replace(changed, vector=_vector(changed, embed))
    return changed


def towards(brief: MusicBrief, track_ids: Sequence[int]) -> MusicBrief:
    """The brief moved onto what these tracks have in common ("more like the second one"): their mean mood point,
    tempo and sound as asked-for targets. Unchanged when nothing is known of their sound."""
    means = list_means(track_ids)
    if "valence" not in means or "arousal" not in means:
        return brief
    alike = ("tempo", "energy", "danceability", "acousticness", "instrumentalness")
    features = {name: (means[name], WORDS_WEIGHT) for name in alike if name in means}
    source = "the track you pointed at" if len(track_ids) == 1 else "the tracks you pointed at"
    return replace(
        brief,
        valence=_unit(means["valence"]),
        arousal=_unit(means["arousal"]),
        features={**brief.features, **features},
        sources={**brief.sources, "affect": source, **dict.fromkeys(features, source)},
    )


# where the target lies


def unshrunk(reading: ImageReading) -> tuple[float, float]:
    """The reading's point with the spread of human ratings restored.

    A regressor's predictions crowd around the mean: of the ratings' variance only ``PHOTO_SD^2 - error^2`` is in them.
    The distance from the mean is stretched by the ratio of the two standard deviations, at most ``MOST_STRETCH``.
    """
    point = []
    for value, error, mean, sd in zip(
        (reading.valence, reading.arousal), (reading.valence_sd, reading.arousal_sd), PHOTO_MEAN, PHOTO_SD, strict=True
    ):
        explained = math.sqrt(max(sd**2 - error**2, (sd / MOST_STRETCH) ** 2))
        point.append(_unit(mean + (value - mean) * sd / explained))
    return point[0], point[1]


def _target(
    reading: ImageReading | None, words: Sequence[WordsReading], previous: MusicBrief | None
) -> tuple[float, float]:
    seen = unshrunk(reading) if reading else (previous.valence, previous.arousal) if previous else None
    described = [(w.valence, w.arousal) for w in words if w.valence is not None and w.arousal is not None]
    if not described:
        return seen or (0.5, 0.5)
    said = (sum(v for v, _ in described) / len(described), sum(a for _, a in described) / len(described))
    if seen is None:
        return said
    return tuple(WORDS_SHARE * s + (1 - WORDS_SHARE) * p for s, p in zip(said, seen, strict=True))  # type: ignore[return-value]


def _drawn_to_activity(valence: float, arousal: float, context: Mapping[str, str] | None) -> tuple[float, float]:
    activity = ACTIVITIES.get((context or {}).get("activity", ""))
    if activity is None:
        return valence, arousal
    return (
        valence + CONTEXT_SHARE * (activity.valence - valence),
        arousal + CONTEXT_SHARE * (activity.arousal - arousal),
    )


def _spread(reading: ImageReading | None) -> float:
    """How wide around the target still counts as close: wider the less sure the reading."""
    if reading is None:
        return 0.15
    return min(max(0.10 + 0.4 * (reading.valence_sd + reading.arousal_sd) / 2, 0.12), 0.24)


def _chip_pull(brief: MusicBrief, off: Sequence[str]) -> tuple[float, float]:
    """How far the chips left on draw the target away from where all of them together lie."""
    chips = [
        (label, table[label.name])
        for kind, labels, table in (("mood", brief.moods, MOODS), ("scene", brief.scenes, SCENES))
        for label in labels
        if label.score > 0 and label.name in table
    ]
    left = [(label, term) for label, term in chips if f"{label.kind}:{label.name}" not in off]
    if not left or len(left) == len(chips):
        return 0.0, 0.0

    def centre(some: Sequence[tuple[Label, Any]]) -> tuple[float, float]:
        total = sum(label.score for label, _ in some)
        return (
            sum(label.score * term.valence for label, term in some) / total,
            sum(label.score * term.arousal for label, term in some) / total,
        )

    (all_v, all_a), (left_v, left_a) = centre(chips), centre(left)
    return CHIP_SHARE * (left_v - all_v), CHIP_SHARE * (left_a - all_a)


def _following_rules(brief: MusicBrief, before: MusicBrief) -> MusicBrief:
    """Feature targets moved as far as the affect rules move them; what was asked for in words stays."""
    old, _ = mapping_rules.targets({"valence": before.valence, "arousal": before.arousal})
    new, sources = mapping_rules.targets({"valence": brief.valence, "arousal": brief.arousal})
    features = dict(brief.features)
    for feature, (value, weight) in brief.features.items():
        if weight < WORDS_WEIGHT and feature in new:
            features[feature] = (value + new[feature][0] - old[feature][0], weight)
    moved = abs(brief.valence - before.valence) + abs(brief.arousal - before.arousal) > 1e-9
    told = {name: says for name, says in sources.items() if name in features and features[name][1] < WORDS_WEIGHT}
    return replace(
        brief, features=features, sources=dict(brief.sources) | (_placed(told, "you asked for") if moved else {})
    )


# what the words add


def _with_words(brief: MusicBrief, words: Sequence[WordsReading], base: Mapping[str, float]) -> MusicBrief:
    """The brief with the words' wishes and limits on top; ``base``: where each feature stands now."""
    for said in words:
        brief = replace(brief, limits=brief.limits.merged(said.limits))
        for want in said.wants:
            brief = _with_want(brief, want, said, base)
    return brief


def _with_want(brief: MusicBrief, want: Want, said: WordsReading, base: Mapping[str, float]) -> MusicBrief:
    kind, _, name = want.feature.partition(":")
    source = f"“{said.text}”"
    if name:
        return _with_label(brief, kind, name, want, source, toward=said.valence is None)
    if kind in ("valence", "arousal"):
        return replace(brief, **{kind: _unit(_wished(want, base))}, sources=dict(brief.sources) | {"affect": source})
    if kind == "energy":
        shift = _wished(want, base) - base["energy"]
        brief = replace(brief, arousal=_unit(base["arousal"] + shift))
    target = _wished(want, base)
    target = _unit(target) if kind not in ("tempo", "loudness") else target
    return replace(
        brief,
        features={**brief.features, kind: (target, WORDS_WEIGHT)},
        sources=dict(brief.sources) | {kind: source},
    )


def _wished(want: Want, base: Mapping[str, float]) -> float:
    if want.target is not None and want.direction == 0:
        return want.target
    start = base.get(want.feature, FEATURE_MEAN.get(want.feature, 0.5))
    return start + want.direction * want.amount * FEATURE_SD.get(want.feature, 0.25)


def _with_label(brief: MusicBrief, kind: str, name: str, want: Want, source: str, *, toward: bool) -> MusicBrief:
    field = {"mood": "moods", "genre": "genres", "instrument": "instruments"}.get(kind)
    if field is None:
        return brief
    score = -1.0 if want.direction < 0 else 1.0
    label = Label(name=name, score=score, kind=kind, source=source)
    others = tuple(old for old in getattr(brief, field) if old.name != name)
    brief = replace(brief, **{field: (label, *others)}, sources=dict(brief.sources) | {f"{kind}:{name}": source})
    if kind != "mood" or not toward or name not in MOODS:
        return brief
    # a mood wished for or against, with no scene described: step towards or away from its place on the plane
    anchor = MOODS[name]
    across, up = anchor.valence - brief.valence, anchor.arousal - brief.arousal
    distance = math.hypot(across, up) or 1.0
    step = min(want.amount * FEATURE_SD["valence"], distance if score > 0 else 1.0) * score / distance
    return replace(brief, valence=_unit(brief.valence + step * across), arousal=_unit(brief.arousal + step * up))


def _touches_affect(words: Sequence[WordsReading]) -> bool:
    return any(want.feature in ("valence", "arousal", "energy") for said in words for want in said.wants)


def _asked_features(previous: MusicBrief | None) -> dict[str, tuple[float, float]]:
    features = previous.features if previous else {}
    return {name: target for name, target in features.items() if target[1] >= WORDS_WEIGHT}


def _merged(older: Sequence[Label], newer: Sequence[Label]) -> tuple[Label, ...]:
    return tuple({label.name: label for label in (*newer, *older)}.values())


def _joined(before: str, words: Sequence[WordsReading]) -> str:
    return ". ".join(text for text in (before, *(said.text.strip().rstrip(".") for said in words)) if text)


def _count(brief: MusicBrief, count: int | None, previous: MusicBrief | None) -> int:
    wanted = brief.limits.count or count or (previous.count if previous else DEFAULT_COUNT)
    return min(max(wanted, 1), MOST_TRACKS)


# what each target came from


def _sources(
    reading: ImageReading | None, words: Sequence[WordsReading], previous: MusicBrief | None
) -> dict[str, str]:
    told = dict(previous.sources) if previous and reading is None else {}
    if reading:
        seen = seen_thing(reading)
        told |= {"affect": seen, "mood": seen, "semantic": seen}
    if any(said.valence is not None for said in words):
        quoted = _quoted(words)
        told |= {"semantic": quoted} if reading else {"affect": quoted, "mood": quoted, "semantic": quoted}
    return told


def _placed(sources: Mapping[str, str], where: str) -> dict[str, str]:
    return {name: f"{says} {where}" for name, says in sources.items()}


def seen_thing(reading: ImageReading) -> str:
    """The seen thing as a noun phrase, such as "the peaceful lake in your picture"."""
    mood = reading.moods[0].name if reading.moods else ""
    scene = reading.scenes[0].name if reading.scenes else ""
    return " ".join(part for part in ("the", mood, scene or "mood", "in your picture") if part)


def _quoted(words: Sequence[WordsReading]) -> str:
    return "“" + ", ".join(said.text.strip().rstrip(".") for said in words) + "”"


# vectors


def text_for(brief: MusicBrief) -> str:
    """The brief as one sentence for the sentence encoder: only what is on."""
    on = [
        label.name
        for label in (*brief.moods, *brief.genres, *brief.instruments)
        if label.score > 0 and f"{label.kind}:{label.name}" not in brief.switched_off
    ]
    parts = [brief.words, brief.phrase, f"{', '.join(on)} music" if on else ""]
    return ". ".join(part for part in parts if part)


def _vector(brief: MusicBrief, embed: Embed | None) -> tuple[float, ...]:
    text = text_for(brief)
    if embed is None or not text:
        return brief.vector
    return tuple(round(float(x), 5) for x in embed([text])[0])


def _switched_vector(brief: MusicBrief, off: Sequence[str]) -> tuple[float, ...]:
    """The brief's vector without the chips newly off and with those newly on, by their words' own vectors."""
    if not brief.vector:
        return ()
    known = vocabulary_vectors()
    scores = {f"{label.kind}:{label.name}": label.score for label in (*brief.moods, *brief.scenes, *brief.genres)}
    vector = np.asarray(brief.vector, dtype=np.float64)
    for chip in set(off) ^ set(brief.switched_off):
        if chip in known:
            share = 0.5 * scores.get(chip, 0.5) * (1 if chip in brief.switched_off else -1)
            vector = vector + share * known[chip]
    vector /= np.linalg.norm(vector) or 1.0
    return tuple(round(float(x), 5) for x in vector)


def _for_reasoning(brief: MusicBrief, reasoning: str) -> MusicBrief:
    """Keep what the reasoning may use: rules alone have no vector, vectors alone no rules and no regressed point."""
    if reasoning == "symbolic":
        return replace(brief, vector=())
    if reasoning == "neural":
        valence, arousal = _point_by_vector(brief)
        asked = {name: target for name, target in brief.features.items() if target[1] >= WORDS_WEIGHT}
        return replace(brief, valence=valence, arousal=arousal, features=asked, spread=max(brief.spread, 0.2))
    return brief


def _point_by_vector(brief: MusicBrief) -> tuple[float, float]:
    """Where the brief's vector lies among the moods: the softmax-weighted mean of their anchors."""
    if not brief.vector:
        return brief.valence, brief.arousal
    known = vocabulary_vectors()
    names = [name for name in MOODS if f"mood:{name}" in known]
    near = np.array([known[f"mood:{name}"] for name in names]) @ np.asarray(brief.vector)
    weights = np.exp((near - near.max()) / NEURAL_TEMPERATURE)
    weights /= weights.sum()
    return (
        float(sum(w * MOODS[name].valence for w, name in zip(weights, names, strict=True))),
        float(sum(w * MOODS[name].arousal for w, name in zip(weights, names, strict=True))),
    )


def _unit(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 5)
