"""What the readers of wishes, limits, places and names find in English words, and what that says for each intent."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from agents.language import asked as asked_of
from agents.language import entities, intents, lengths, limits, wants
from agents.language.concepts import concepts_said
from agents.language.edits import Placed, read_edits
from agents.language.pointing import DESCRIBED, NAMELESS, sound_of
from agents.language.spelling import corrected
from core.schemas import Entity, Intent, Limits, Want, WordsReading
from recommender.perception.text import entity_tagger
from recommender.perception.text.affect_model import read_affect
from recommender.perception.weights.loaders import embed_words

AFFECTLESS: frozenset[Intent] = frozenset(
    {
        "limit",
        "keep",
        "remove",
        "replace",
        "reorder",
        "add",
        "thanks",
        "complaint",
        "smalltalk",
        "explain",
        "undo",
        "redo",
        "compare",
        "length",
        "scope",
        "save",
        "play",
        "more_like",
    }
)
"""Intents that describe nothing: they leave valence and arousal open."""
WISHLESS: frozenset[Intent] = frozenset(
    {"explain", "undo", "redo", "compare", "save", "play", "thanks", "complaint", "smalltalk"}
)
"""Intents in which a word about sound or a name is part of a question or command, not a wish."""
TOWARDS = re.compile(r"\b(?:like|as if|into|somewhere|vibe of|mood of|feel of|for|switch to|it were)\b")


@dataclass(frozen=True, kw_only=True)
class DialogueContext:
    """What the words may point at: the shown list's titles and artists; the language spoken before, in two letters; and
    the day on which they are said."""

    titles: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()
    language: str = ""
    today: date = field(default_factory=date.today)


@dataclass(frozen=True)
class Found:
    """What the readers of wishes, limits, places and names found in a sentence."""

    said: str
    words: intents.Words
    asked: asked_of.Asked
    things: list[entities.Named]
    plain: str

    def guessed(self) -> WordsReading:
        """The reading as the rules alone have it."""
        return self.meaning(*intents.read_intent(self.words))

    def meaning(self, intent: Intent, confidence: float) -> WordsReading:
        """The reading if this is what the words ask for."""
        asked, plain, edits = self.asked, self.plain, self.words.edits
        taken_off = () if intent in WISHLESS else lengths.released(plain)
        if taken_off and not asked.found and not edits:
            intent = "limit"
        valence, arousal = _affect(plain, intent, asked.found, asked.rest)
        wishless = intent in WISHLESS
        return WordsReading(
            text=self.said,
            intent=intent,
            valence=valence,
            arousal=arousal,
            wants=_wants(asked.found, intent, plain),
            limits=Limits() if wishless else asked.limits,
            entities=tuple(thing.entity for thing in self.things),
            concepts=concepts_said(plain) if intent == "describe" else (),
            confidence=confidence,
            edits=() if wishless else tuple(edits),
            local=asked.local and not wishless,
            released=taken_off,
            longer=lengths.length_factor(plain) if intent == "length" else None,
        )


def find(said: str, context: DialogueContext, *, foreign: bool = False) -> Found:
    """Of tidied words; there is at least one. ``foreign``: they are glossed, so that one in lower case is one that the
    glossary lacks rather than a name."""
    lower = said.lower()
    tokens = entity_tagger.tokens(said)
    vector, states, pieces = embed_words([token.word for token in tokens])
    pointed = entities.ordinals(lower)
    named = entities.known_names(said, context.artists, context.titles)
    tagged = entities.names(said, tokens, entity_tagger.find_spans(said, tokens, states, pieces), [*pointed, *named])
    if foreign:
        tagged = [name for name in tagged if name.entity.text != name.entity.text.lower()]
    tagged += entities.capitalised(said, [*pointed, *named, *tagged])
    things = sorted([*pointed, *named, *tagged], key=lambda thing: thing.start)
    # The encoder splits what it has never seen as a word; only such words may be slips.
    doubtful = {token.word for token, (count, *_) in zip(tokens, pieces.tolist(), strict=True) if count > 1}
    placed = read_edits(lower, _texts(things, "track"), _texts(things, "artist"))
    things = _with_parts(things, placed, lower)
    plain = corrected(" ".join(asked_of.without_names(lower, things).split()), doubtful)
    asked = asked_of.read_asked(lower, placed, things, lambda piece: corrected(piece, doubtful), context.today)
    words = intents.Words(
        corrected(lower, doubtful),
        asked.rest,
        asked.found,
        asked.limits,
        [thing.entity for thing in things],
        vector,
        tuple(one.edit for one in placed),
        asked.leads,
    )
    return Found(said, words, asked, things, plain)


def _texts(things: Sequence[entities.Named], kind: str) -> list[str]:
    return [thing.entity.text for thing in things if thing.entity.type == kind]


def _with_parts(things: list[entities.Named], placed: Sequence[Placed], lower: str) -> list[entities.Named]:
    """The named things, and those that only an edit points at: places the patterns of ordinals pass over, and tracks
    by a part of their name ("the goose one")."""
    out = list(things)
    for one in placed:
        if one.edit.verb == "add" or not one.edit.what:
            continue
        start = lower.find(one.edit.what, one.start)
        end = start + len(one.edit.what)
        if start < 0 or any(thing.start < end and start < thing.end for thing in out):
            continue
        part = re.fullmatch(DESCRIBED, one.edit.what)
        if re.fullmatch(NAMELESS, one.edit.what):
            out.append(entities.Named(Entity(type="ordinal", text=one.edit.what), start, end))
        elif part and not sound_of(part[1]):
            out.append(entities.Named(Entity(type="track", text=part[1].strip()), start, end))
    return sorted(out, key=lambda thing: thing.start)


def _affect(plain: str, intent: Intent, found: list[wants.Found], rest: str) -> tuple[float | None, float | None]:
    if intent in AFFECTLESS or not re.search(r"\w", plain):
        return None, None
    if intent == "refine":
        moved = found and all(wish.firm or wish.feature in intents.MOVES_ONLY for wish in found)
        if moved or not (found or TOWARDS.search(rest)):
            return None, None
    return read_affect(limits.without_limits(plain))


def _wants(found: list[wants.Found], intent: Intent, plain: str) -> tuple[Want, ...]:
    """In a description the affect point already says what bare words of feeling say; a refused or lowered mood stays
    a want only when it has no axis of its own to move."""
    if intent in WISHLESS:
        return ()
    axes = {wish.feature for wish in found} & {"valence", "energy", "arousal"}
    kept = []
    for wish in found:
        absolute = intent == "describe" and not wish.firm
        if absolute and wish.feature in {"valence", "arousal"}:
            continue
        if wish.feature.startswith("mood:") and wish.direction < 0 and axes and not wish.hard:
            continue
        kept.append(wants.as_want(wish, plain))
    return tuple(kept)
