"""Ordinary sentences in six languages, each with what should come of it; written before the reading was tuned on any.

A row of ``phrasings/conversation*.csv``: the kind (or kinds) of action; ``after``: the places of the next list
("1-4 +8": the first four stay, eight new ones come), or what goes ("gone 12"); limits and the directions of wishes,
where asked.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.planner import Decision, RulePlanner, Situation
from core.schemas import MusicBrief, ScoredTrack, WordsReading

PHRASINGS = Path(__file__).parent / "phrasings"
NAMES = """Blue Lantern - Mara Quill; Paper Boats - The Tin Harbour; Feeling Good - Nina Simone; Night Bus - Otis Reed;
Harvest Moon - Neil Young; Glass River - Mara Quill; Wild Goose Chase - Penny Lark; La vie en rose - Édith Piaf;
Copper Sky - Juno Vale; Teardrop - Massive Attack; Small Hours - Otis Reed; Clocks - Coldplay"""
SHOWN = tuple(
    ScoredTrack(
        track_id=place,
        title=name.split(" - ")[0],
        artist=name.split(" - ")[1],
        score=90 - place,
        parts=(),
        valence=place / 12,
        arousal=1 - place / 12,
        duration=200.0,
    )
    for place, name in enumerate(" ".join(NAMES.split()).split("; "), 1)
)
FEATURES = {"energy": {"energy", "arousal", "tempo", "loudness"}, "tempo": {"tempo", "energy", "arousal"}}
"""Wishes that count as the one expected, where a word may be heard either way."""


EVERYTHING = [track.track_id for track in SHOWN]


def spread(said: str) -> list[int | None]:
    """ "1-3 12 +2" as places; None for a new track."""
    places: list[int | None] = []
    for piece in said.split():
        if piece.startswith("+"):
            places += [None] * int(piece[1:])
        else:
            first, _, last = piece.partition("-")
            places += range(int(first), int(last or first) + 1)
    return places


def after(decision: Decision) -> list[int | None]:
    """The list that a decision leaves; a wish with a change tells only what stays."""
    if decision.kind == "change":
        return [None if slot.fresh else slot.track for slot in decision.slots]
    return [track.track_id for track in SHOWN if track.track_id not in decision.drop]


def faults(row: dict[str, str], decision: Decision) -> Iterator[str]:
    words: WordsReading = decision.words or WordsReading(text=row["text"])
    if words.intent not in row["kind"].split("|"):
        yield f"intent {words.intent}"
    if row["after"].startswith("gone "):
        if set(spread(row["after"][5:])) != {track.track_id for track in SHOWN} - set(after(decision)):
            yield f"left {after(decision)}"
    elif row["after"] and after(decision) != spread(row["after"]):
        yield f"after {after(decision)}"
    elif not row["after"] and not {"add", "length"} & set(row["kind"].split("|")) and after(decision) != EVERYTHING:
        yield f"touched {after(decision)}"
    asked = {name: str(value).strip("[]'").lower().removesuffix(".0") for name, value in words.limits.asked().items()}
    wanted = dict(item.split("=") for item in row["limits"].split())
    counted = row["kind"].split("|")[0] in {"add", "length"}  # how many come is a limit too
    if not wanted.items() <= asked.items() or (asked != wanted and not counted):
        yield f"limits {asked}"
    moved = {want.feature: want.direction for want in words.wants}
    for item in row["moves"].split():
        feature, sign = re.fullmatch(r"(.+)([+-])", item).groups()  # type: ignore[union-attr]
        if not any(moved.get(name) == (1 if sign == "+" else -1) for name in FEATURES.get(feature, {feature})):
            yield f"moves {moved}"


def rows(name: str) -> list[dict[str, str]]:
    with (PHRASINGS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def wrong(name: str) -> dict[str, list[str]]:
    """Every sentence of a file that comes out wrong, with its faults."""
    situation = Situation(shown=SHOWN, brief=MusicBrief(valence=0.5, arousal=0.5))
    found = {}
    for row in rows(name):
        if told := list(faults(row, RulePlanner().decide(row["text"], situation))):
            found[f"{row['language']} {row['text']}"] = told
    return found


@pytest.mark.parametrize("name", ["conversation.csv", "conversation_later.csv"])
def test_what_is_said_is_done(name: str) -> None:
    failed = wrong(name)
    assert len(failed) <= 0.05 * len(rows(name)), failed
