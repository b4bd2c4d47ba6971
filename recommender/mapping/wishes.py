"""What words add to a brief: limits, wished features, styles, instruments and moods."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.schemas import Label, MusicBrief, Want, WordsReading
from recommender.library.audio_profiles import FEATURE_MEAN, FEATURE_SD
from recommender.library.genres import genres_of
from recommender.mapping.named import limited, named
from recommender.mapping.rules import WORDS_WEIGHT
from recommender.mapping.target import unit
from recommender.music.styles import meant_by, said_in
from recommender.perception.vocabulary import MOODS


def with_words(brief: MusicBrief, words: Sequence[WordsReading], base: Mapping[str, float]) -> MusicBrief:
    """The brief with the words' wishes and limits on top; ``base``: where each feature stands now."""
    for said in words:
        brief = replace(brief, limits=limited(brief.limits, said), names=named(brief.names, said))
        for want in said.wants:
            brief = _with_want(brief, want, said, base)
    return brief


def _with_want(brief: MusicBrief, want: Want, said: WordsReading, base: Mapping[str, float]) -> MusicBrief:
    kind, _, name = want.feature.partition(":")
    source = f"“{said.text}”"
    if name:
        # where a point is described, or moved by the same words, the mood's own place must not move it once more
        return _with_label(brief, kind, name, want, source, toward=said.valence is None and not touches_affect([said]))
    if kind in ("valence", "arousal"):
        moved: dict[str, Any] = {kind: unit(_wished(want, base))}
        return replace(brief, **moved, sources=dict(brief.sources) | {"affect": source})
    if kind == "energy":
        shift = _wished(want, base) - base["energy"]
        brief = replace(brief, arousal=unit(base["arousal"] + shift))
    if kind == "tempo" and want.direction and not any(one.feature in ("arousal", "energy") for one in said.wants):
        brief = replace(
            brief, arousal=unit(brief.arousal + STIRS * want.direction * want.amount * FEATURE_SD["arousal"])
        )
    target = _wished(want, base)
    target = unit(target) if kind not in ("tempo", "loudness") else target
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
    changed: dict[str, Any] = {field: (label, *others)}
    brief = replace(brief, **changed, sources=dict(brief.sources) | {f"{kind}:{name}": source})
    if kind != "mood" or not toward or name not in MOODS:
        return brief
    # a mood wished for or against, with no scene described: step towards or away from its place on the plane
    anchor = MOODS[name]
    across, up = anchor.valence - brief.valence, anchor.arousal - brief.arousal
    distance = math.hypot(across, up) or 1.0
    step = min(want.amount * FEATURE_SD["valence"], distance if score > 0 else 1.0) * score / distance
    return replace(brief, valence=unit(brief.valence + step * across), arousal=unit(brief.arousal + step * up))


def touches_affect(words: Sequence[WordsReading]) -> bool:
    """Whether words wish the point on the affect plane moved."""
    return any(want.feature in ("valence", "arousal", "energy") for said in words for want in said.wants)


STIRS = 0.5
"""How far a faster or slower list is a livelier or calmer one, too, in standard deviations of each."""
AMONG_OTHERS = re.compile(r"\b(?:more|some|bit|little|touch|dash|hint|few|add|mix|throw|sprinkle|also|too|as well)\b")
"""Words that wish for a style beside what there is, and not instead of it."""


def styles_asked(words: Sequence[WordsReading]) -> tuple[frozenset[str], bool]:
    """The editor's styles that words ask for, by name or by their genre, and whether only beside others."""
    asked: set[str] = set()
    beside = True
    for said in words:
        text = (said.english or said.text).lower()
        wished = [want.feature.partition(":")[2] for want in said.wants if want.direction > 0 and _genre(want)]
        named = [name for name in said_in(text) if {*genres_of(name)} & {*wished}]
        unnamed = [genre for genre in wished if not any(genre in genres_of(name) for name in named)]
        found = {style for name in (*named, *unnamed, *said.limits.genres) for style in meant_by(name)}
        beside = beside and not said.limits.genres and bool(not found or AMONG_OTHERS.search(text))
        asked |= found
    return frozenset(asked), beside


def _genre(want: Want) -> bool:
    return want.feature.startswith("genre:")


def asked_features(previous: MusicBrief | None) -> dict[str, tuple[float, float]]:
    features = previous.features if previous else {}
    return {name: target for name, target in features.items() if target[1] >= WORDS_WEIGHT}


def joined(before: str, words: Sequence[WordsReading]) -> str:
    return ". ".join(text for text in (before, *(said.text.strip().rstrip(".") for said in words)) if text)
