"""What ordinary people say to a list, and what a fair judge insists on: 240 sentences, 60 conversations, six languages.

Written for this project by sessions of a language model that saw neither the code nor each other's work. Half of each
(``tuned``) was looked at while the rules were mended; the other half never was, and counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.schemas import MusicBrief, ScoredTrack, WordsReading
from recommender.ranking.pipeline import USUAL_TRACK

FOLDER = Path(__file__).parent
SAME = {"hip hop": "rap", "hip-hop": "rap", "r&b": "rnb", "rhythm and blues": "rnb"}
"""Two words for one thing."""
SIDES = {"low": (0.0, 0.48), "mid": (0.3, 0.7), "high": (0.52, 1.0)}
"""Where on an axis a description lies that a reader calls so."""
TEMPO_SLACK = 15
"""Beats a minute."""


@dataclass(frozen=True)
class Sentence:
    """``intents``: those a judge accepts; ``wants`` and ``refused``: (features of which one must, or none may, be
    wished for; direction); ``limits``: those that must be read, whatever others are."""

    language: str
    tuned: bool
    text: str
    intents: tuple[str, ...]
    wants: tuple[tuple[tuple[str, ...], int], ...]
    refused: tuple[tuple[tuple[str, ...], int], ...]
    limits: Mapping[str, Any]
    entities: tuple[tuple[str, str], ...]
    sides: Mapping[str, str]


@dataclass(frozen=True)
class Conversation:
    """``turns``: what is said, and what must be true afterwards (``failed``)."""

    language: str
    tuned: bool
    turns: tuple[tuple[str, tuple[tuple[Any, ...], ...]], ...]


@dataclass(frozen=True)
class Turn:
    """What came of one sentence."""

    intent: str | None
    reply: str
    brief: MusicBrief | None
    tracks: Sequence[ScoredTrack]


@dataclass(frozen=True)
class Known:
    """What is known of a track: the names of its styles, and its year."""

    styles: Sequence[str]
    year: int | None


def sentences() -> list[Sentence]:
    return [
        Sentence(
            row["language"],
            row["tuned"],
            row["text"],
            tuple(row["intent"]),
            _wishes(row["wants"]),
            _wishes(row.get("no_wants", ())),
            row["limits"],
            tuple((one["type"], one["text"]) for one in row["entities"]),
            {axis: row[axis] for axis in ("valence", "arousal") if row.get(axis)},
        )
        for row in _rows("sentences")
    ]


def conversations() -> list[Conversation]:
    return [
        Conversation(
            row["language"],
            row["tuned"],
            tuple((turn["say"], tuple(map(tuple, turn["checks"]))) for turn in row["turns"]),
        )
        for row in _rows("conversations")
    ]


def _rows(name: str) -> list[dict[str, Any]]:
    with (FOLDER / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _wishes(told: Sequence[Mapping[str, Any]]) -> tuple[tuple[tuple[str, ...], int], ...]:
    features = [one["feature"] if isinstance(one["feature"], list) else [one["feature"]] for one in told]
    return tuple((tuple(names), one["direction"]) for names, one in zip(features, told, strict=True))


def misread(sentence: Sentence, reading: WordsReading) -> list[str]:
    """What a judge would object to in a reading; empty where all is right."""
    found = [] if reading.intent in sentence.intents else ["intent"]
    wished = {want.feature: want.direction for want in reading.wants}
    for features, direction in sentence.wants:
        sad = direction < 0 and any(wished.get(name, 0) > 0 for name in ("mood:sad", "mood:melancholic"))
        if not sad and not any(wished.get(name, 0) * direction > 0 for name in features):
            found.append("wish")
    if any(wished.get(name, 0) == direction for names, direction in sentence.refused for name in names):
        found.append("wrong wish")
    found += [f"limit {name}" for name, value in sentence.limits.items() if not _kept(value, name, reading)]
    found += [f"name {text}" for kind, text in sentence.entities if not _named(kind, text, reading)]
    for axis, side in sentence.sides.items():
        low, high = SIDES[side]
        at = getattr(reading, axis)
        if at is None or not low <= at <= high:
            found.append(axis)
    return found


def _plain(name: Any) -> str:
    word = str(name).lower().strip()
    return SAME.get(word, word)


def _kept(value: Any, name: str, reading: WordsReading) -> bool:
    got = getattr(reading.limits, name)
    if isinstance(value, list):
        has = [_plain(one) for one in got or ()]
        return all(any(_plain(one) in other or other in _plain(one) for other in has) for one in value)
    if name in ("tempo_min", "tempo_max"):
        return got is not None and abs(got - value) <= TEMPO_SLACK
    return bool(_plain(got) == _plain(value) if isinstance(value, str) else got == value)


def _named(kind: str, text: str, reading: WordsReading) -> bool:
    if kind == "ordinal":
        return any(one.type == "ordinal" for one in reading.entities)
    has = [_plain(one.text) for one in reading.entities if one.type != "ordinal"]
    return any(_plain(text) in one or one in _plain(text) for one in has)


@dataclass(frozen=True)
class After:
    """What a check looks at: the turns so far, of which it judges the last, and what is known of its tracks."""

    turns: Sequence[Turn]
    known: Mapping[int, Known]

    @property
    def now(self) -> Turn:
        return self.turns[-1]

    @property
    def ids(self) -> list[int]:
        return [track.track_id for track in self.now.tracks]

    @property
    def before(self) -> list[int]:
        return [track.track_id for track in self.turns[-2].tracks] if len(self.turns) > 1 else []

    def at(self, places: Sequence[int]) -> list[int]:
        """The tracks that stood at these places (from 1) before."""
        return [self.before[place - 1] for place in places if place <= len(self.before)]

    def moved(self, axis: str) -> float:
        then, now = (turn.brief for turn in self.turns[-2:])
        return float(getattr(now, axis) - getattr(then, axis)) if then and now else 0.0

    def minutes(self) -> float:
        return sum(track.duration or USUAL_TRACK for track in self.now.tracks) / 60

    def years(self) -> list[int]:
        return [year for one in self.ids if (year := self.known[one].year)]

    def by(self, artist: str) -> list[bool]:
        return [artist.lower() in track.artist.lower() for track in self.now.tracks]

    def wearing(self, words: Sequence[str]) -> list[bool]:
        return [any(word in style for style in self.known[one].styles for word in words) for one in self.ids]


MINUTES_SLACK, LEAST = 0.15, 3
CHECKS: Mapping[str, Callable[..., bool]] = {
    "intent": lambda it, names: it.now.intent in names,
    "same": lambda it: it.before == it.ids,
    "changed": lambda it: it.before != it.ids,
    "stays": lambda it, places: set(it.at(places)) <= set(it.ids),
    "gone": lambda it, places: not set(it.at(places)) & set(it.ids),
    "others_stay": lambda it, places: set(it.before) - set(it.at(places)) <= set(it.ids),
    "at": lambda it, pairs: all(it.at([was]) == it.ids[place - 1 : place] for was, place in pairs),
    "order": lambda it, places: it.ids[: len(places)] == it.at(places),
    "count": lambda it, count: len(it.ids) == count,
    "count_grew": lambda it, by: len(it.ids) - len(it.before) == by,
    "minutes": lambda it, minutes: abs(it.minutes() - minutes) <= MINUTES_SLACK * minutes,
    "years": lambda it, first, last: all((first or 0) <= year <= (last or 9999) for year in it.years()),
    "artist_all": lambda it, name: all(it.by(name)),
    "artist_some": lambda it, name: any(it.by(name)),
    "artist_none": lambda it, name: not any(it.by(name)),
    "styles_some": lambda it, words: 2 * sum(it.wearing(words)) >= len(it.ids),
    "styles_none": lambda it, words: not any(it.wearing(words)),
    "moves": lambda it, axis, way: it.moved(axis) * way > 0,
    "back_to": lambda it, turn: it.ids == [track.track_id for track in it.turns[turn].tracks],
    "not_empty": lambda it: len(it.ids) >= LEAST,
    "reply_not_empty": lambda it: bool(it.now.reply),
}
"""What a judge may insist on after a sentence, such as ``("gone", [2])``; places are those of the list before."""


def failed(check: Sequence[Any], turns: Sequence[Turn], known: Mapping[int, Known]) -> bool:
    """Whether something that must be true after the last of these turns is not."""
    kind, *what = check
    return not CHECKS[kind](After(turns, known), *what)
