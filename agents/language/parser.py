"""Words to a reading: what a sentence describes, asks for, limits, and points at, offline.

Rules and a lexicon read what they know; sentence vectors read wording nobody listed. Whatever is written is data:
nothing in a sentence can change how it is read.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import date

from agents.language import entities, intents, limits, wants
from agents.language.concepts import concepts_said
from agents.language.meaning import moves_by_meaning
from agents.language.shapes import GENRE_WORDS
from agents.language.spelling import corrected
from core.schemas import Intent, Limits, Want, WordsReading
from recommender.perception.text import entity_tagger
from recommender.perception.text.affect_model import read_affect
from recommender.perception.weights.loaders import embed_words

MAX_CHARACTERS = 1000
"""Longer texts are read up to here."""

AFFECTLESS: frozenset[Intent] = frozenset(
    {
        "limit",
        "keep",
        "remove",
        "replace",
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
WISHLESS: frozenset[Intent] = frozenset({"explain", "undo", "redo", "compare", "save", "play"})
"""Intents in which a word about sound or a name is part of a question or command, not a wish."""
TOWARDS = re.compile(r"\b(?:like|as if|into|somewhere|vibe of|mood of|feel of|for|switch to|it were)\b")


@dataclass(frozen=True, kw_only=True)
class DialogueContext:
    """What the words may point at: the shown list's titles and artists, and the day on which they are said."""

    titles: tuple[str, ...] = ()
    artists: tuple[str, ...] = ()
    today: date = field(default_factory=date.today)


def read_words(text: str, *, context: DialogueContext | None = None) -> WordsReading:
    """Read one sentence or short text (at most 1,000 characters are read).

    Never raises for what is written: empty, foreign or nonsensical words come back as ``unclear`` or with low
    confidence. Valence and arousal are None for a pure comparative and for commands.
    """
    context = context or DialogueContext()
    said = tidied(text)
    lower = said.lower()
    tokens = entity_tagger.tokens(said)
    if not tokens:
        return WordsReading(text=text[:MAX_CHARACTERS], intent="unclear", confidence=1.0)
    vector, states, pieces = embed_words([token.word for token in tokens])
    pointed = entities.ordinals(lower)
    named = entities.known_names(said, context.artists, context.titles)
    tagged = entities.names(said, tokens, entity_tagger.find_spans(said, tokens, states, pieces), [*pointed, *named])
    tagged += entities.capitalised(said, [*pointed, *named, *tagged])
    things = sorted([*pointed, *named, *tagged], key=lambda thing: thing.start)
    # The encoder splits what it has never seen as a word; only such words may be slips.
    doubtful = {token.word for token, (count, *_) in zip(tokens, pieces.tolist(), strict=True) if count > 1}
    plain = corrected(_without_names(lower, things), doubtful)
    include, exclude = entities.artist_limits(lower, [thing for thing in things if thing.entity.type == "artist"])
    asked = replace(limits.read_limits(plain, context.today), include_artists=include, exclude_artists=exclude)
    found, rest = wants.read_wants(plain, moves_by_meaning)
    found = _without_limited(found, asked)
    intent, confidence = intents.read_intent(
        intents.Words(corrected(lower, doubtful), rest, found, asked, [thing.entity for thing in things], vector)
    )
    valence, arousal = _affect(plain, intent, found, rest)
    return WordsReading(
        text=text[:MAX_CHARACTERS],
        intent=intent,
        valence=valence,
        arousal=arousal,
        wants=_wants(found, intent, plain),
        limits=Limits() if intent in WISHLESS else asked,
        entities=tuple(thing.entity for thing in things),
        concepts=concepts_said(plain) if intent == "describe" else (),
        confidence=confidence,
    )


def tidied(text: str) -> str:
    """Plain quotes, single spaces, no control characters; emoji become their names, so that they are read as words."""
    out = []
    for character in unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).translate(PLAIN):
        kind = unicodedata.category(character)
        if kind == "So":
            out.append(f" {unicodedata.name(character, '').lower()} ")
        else:
            out.append(" " if kind[0] in "CZ" else character)
    tidy = " ".join("".join(out).split())
    return tidy if len(tidy.lower()) == len(tidy) else tidy.lower()


PLAIN = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": " "})


def _without_names(lower: str, things: list[entities.Named]) -> str:
    """The text with names and ordinals blanked, so that "Slowdive" is not read as a wish for slow songs."""
    for thing in things:
        lower = lower[: thing.start] + " " * (thing.end - thing.start) + lower[thing.end :]
    return re.sub(r"\s+", " ", lower).strip()


def _without_limited(found: list[wants.Found], asked: Limits) -> list[wants.Found]:
    """Wishes that a limit does not already promise."""
    promised: set[str] = set()
    if asked.instrumental is not None:
        promised |= {"instrumentalness", "speechiness"}
    if asked.explicit is not None:
        promised |= {"instrumentalness", "speechiness"}
    if asked.live is not None:
        promised.add("liveness")
    for word in asked.exclude_genres:
        promised.add(f"genre:{GENRE_WORDS[word]}")
        if word in {"acoustic", "electronic", "dance", "cinematic"}:
            promised.add("acousticness")
    if asked.tempo_min is not None or asked.tempo_max is not None:
        found = [wish for wish in found if wish.feature != "tempo" or wish.direction == 0]
    return [wish for wish in found if wish.feature not in promised]


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
