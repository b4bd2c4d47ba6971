"""What a turn knows so far: one frozen board. Agents read it and answer with typed patches; only the
coordination writes it, so every change has an author and can be replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import TypeAdapter

from agents.findings import Found
from core.schemas import Alignment, AudioReading, ImageReading, Label, MusicBrief, RankedList, ScoredTrack, WordsReading
from core.storage import Readable
from recommender.mapping import Leanings


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was asked, with what is already on the table. ``person_id`` scopes every look into the catalogue.

    ``current``: the list now shown, in order; ``previous``: the brief it was made for; ``keep``/``drop``/``like``:
    track ids the words named; ``cached``: what is known of the pictures already, in their order (studies give readings
    without pictures). ``together``: how several pictures become one list (``mapping.TOGETHER``). ``moment``: what the
    list is for (names of ``feedback.taste.context``), ``learned``: what this person's own moments add to the
    stated shifts, ``leanings``: what was learned of the takes that people choose.
    ``listeners``: who listens along, by id, ``take``: which way
    to hear it, from 1, and ``blend``: how their tastes become one (``feedback.taste.group``).
    """

    person_id: int | None = None
    pictures: tuple[Readable, ...] = ()
    together: str = "average"
    cached: tuple[ImageReading | None, ...] = ()
    sound: Readable | None = None
    sound_name: str = ""
    text: str = ""
    words: tuple[WordsReading, ...] = ()
    previous: MusicBrief | None = None
    current: tuple[ScoredTrack, ...] = ()
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    like: tuple[int, ...] = ()
    scope: tuple[int, ...] | None = None
    count: int | None = None
    reasoning: str = "hybrid"
    refining: bool = False
    moment: tuple[str, ...] = ()
    learned: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    leanings: Leanings = field(default_factory=Leanings)
    listeners: tuple[int, ...] = ()
    blend: str = "fair"
    take: int = 1


@dataclass(frozen=True, kw_only=True)
class PoolReading:
    """What the music understanding agent knows of the tracks that may be chosen.

    ``size``: how many; ``valence``/``arousal``: the 10th, 50th and 90th percentile; ``unheard``: how many have no
    sound features and can only be found by their text; ``genres``: the commonest, with shares.
    """

    size: int
    valence: tuple[float, float, float] = (0.2, 0.5, 0.8)
    arousal: tuple[float, float, float] = (0.2, 0.5, 0.8)
    unheard: int = 0
    genres: tuple[Label, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The evaluation agent's judgement of a list. All 0..1 except ``kept`` (were all limits kept?).

    ``alignment``: mean closeness of the tracks to the brief (None: no track's mood is known); ``diversity``: mean
    pairwise distance (intra-list diversity); ``novelty``: share of tracks not in the list before; ``satisfaction``:
    predicted.
    ``again``: a change worth one more round, as a change to the brief; None when the list stands.
    """

    alignment: float | None
    diversity: float
    novelty: float
    satisfaction: float
    kept: bool
    findings: tuple[Found, ...] = ()
    suggestions: tuple[Found, ...] = ()
    again: MusicBrief | None = None


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """An agent that failed or was too slow, and what that cost, in a sentence for the person."""

    agent: str
    code: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Board:
    order: Order
    reading: ImageReading | None = None
    readings: tuple[ImageReading, ...] = ()
    heard: AudioReading | None = None
    pool: PoolReading | None = None
    brief: MusicBrief | None = None
    ranked: RankedList | None = None
    alignment: Alignment | None = None
    verdict: Verdict | None = None
    round: int = 1
    corrections: tuple[str, ...] = ()
    troubles: tuple[Trouble, ...] = ()

    def patched(self, patch: Patch) -> Board:
        return replace(self, **patch.changes)


@dataclass(frozen=True, kw_only=True)
class Patch:
    """An agent's answer: the board fields it sets, and one plain sentence about the result.

    ``hand_to`` names the agent that should go next, for the strategy where agents decide that among themselves.
    """

    changes: Mapping[str, Any] = field(default_factory=dict)
    summary: str = ""
    hand_to: str | None = None


_KINDS: dict[str, TypeAdapter[Any]] = {
    "reading": TypeAdapter(ImageReading),
    "readings": TypeAdapter(tuple[ImageReading, ...]),
    "heard": TypeAdapter(AudioReading),
    "pool": TypeAdapter(PoolReading),
    "brief": TypeAdapter(MusicBrief),
    "ranked": TypeAdapter(RankedList),
    "alignment": TypeAdapter(Alignment),
    "verdict": TypeAdapter(Verdict),
}


def dump_patch(patch: Patch) -> dict[str, Any]:
    """A patch as JSON, so that a turn picked up by another worker need not repeat the step."""
    changes = {
        name: _KINDS[name].dump_python(value, mode="json") if name in _KINDS and value is not None else value
        for name, value in patch.changes.items()
    }
    return {"changes": changes, "summary": patch.summary, "hand_to": patch.hand_to}


def load_patch(data: Mapping[str, Any]) -> Patch:
    changes = {
        name: _KINDS[name].validate_python(value) if name in _KINDS and value is not None else value
        for name, value in data["changes"].items()
    }
    return Patch(changes=changes, summary=data["summary"], hand_to=data["hand_to"])
