"""Words to a reading: what a sentence describes, asks for, limits, and points at, offline.

Rules and a lexicon read what they know; sentence vectors read wording nobody listed. Whatever is written is data:
nothing in a sentence can change how it is read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

import numpy as np
from numpy.typing import NDArray

from agents.language import asked as asked_of
from agents.language import entities, gloss, intents, lengths, limits, wants
from agents.language.concepts import concepts_said
from agents.language.corrections import as_meant
from agents.language.decision import decide
from agents.language.edits import Placed, read_edits
from agents.language.nearest import nearest_phrase
from agents.language.pointing import DESCRIBED, NAMELESS, sound_of
from agents.language.spelling import corrected
from agents.language.tongues import language_of
from core.schemas import Entity, Intent, Limits, Want, WordsReading
from recommender.perception.text import entity_tagger
from recommender.perception.text.across_languages import affect_across, embed_one
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


def read_words(text: str, *, context: DialogueContext | None = None) -> WordsReading:
    """Read one sentence or short text (at most 1,000 characters are read).

    Never raises for what is written: empty, foreign or nonsensical words come back as ``unclear`` or with low
    confidence. Valence and arousal are None for a pure comparative and for commands.
    """
    said = as_meant(tidied(text))
    if not entity_tagger.tokens(said):
        return WordsReading(text=text[:MAX_CHARACTERS], intent="unclear", confidence=1.0)
    guess = guessed(said, context or DialogueContext())
    intent, confidence = decide(replace(guess.reading, text=said), guess.vector, across=guess.language != "en")
    reading = guess.reading if intent == guess.reading.intent else guess.meaning(intent, confidence)
    english = "" if guess.language == "en" else reading.text
    return replace(reading, text=text[:MAX_CHARACTERS], language=guess.language, english=english)


@dataclass(frozen=True)
class Guess:
    """What rules alone make of a sentence, its vector (of the encoder that reads its language), and what it says if it
    asks for something else: ``meaning(intent, confidence)``."""

    reading: WordsReading
    vector: NDArray[np.float32]
    language: str
    meaning: Callable[[Intent, float], WordsReading]


def guessed(said: str, context: DialogueContext) -> Guess:
    """The guess of the rules about tidied words; there is at least one."""
    language = language_of(said, before=context.language)
    if language == "en":
        found = _found(said, context)
        return Guess(_as_guessed(found), found.words.vector, language, partial(_as, found))
    glossed = gloss.in_english(said, language) if language in gloss.LANGUAGES else None
    reading = _abroad(said, language, glossed, context)
    return Guess(reading, embed_one(said), language, _Abroad(said, reading, glossed, context).meaning)


VAGUE: frozenset[Intent] = frozenset({"describe", "unclear", "out_of_scope", "smalltalk"})
"""What words come out as that were not understood: then meaning decides."""
COVERED = 0.6
"""From so much of a sentence in the glossary its rules are sure of themselves."""
GUESSED = 0.5
"""Below this a refinement is only guessed by the model of intents."""
SURELY = 0.8
WISHES = ("refine", "limit")
BARE = " ¿¡?!.,"
"""What is left of a sentence without words."""
OWN_WORDS_SAY = 0.62
"""Cosine from which the nearest phrase is believed against a description."""


def _abroad(said: str, language: str, glossed: gloss.Glossed | None, context: DialogueContext) -> WordsReading:
    """The guess about words in another language: by its glossary, where there is one and it is sure; else as the known
    phrase that is nearest in meaning; else as a description, placed on the affect plane by meaning."""
    if name := entities.asked_abroad(said, language):
        return WordsReading(
            text=said,
            intent="add" if entities.ADDS_ABROAD.search(said) else "limit",
            limits=Limits(include_artists=(name,)),
            entities=(Entity(type="artist", text=name),),
            confidence=SURELY,
        )
    reading = (
        _as_guessed(_found(glossed.english, context, foreign=True))
        if glossed and glossed.english.strip(" ¿¡?!.,")
        else None
    )
    if (
        reading
        and glossed
        and not _is_vague(reading)
        and (glossed.coverage >= COVERED or reading.entities or reading.limits.asked())
    ):
        return _placed_by_meaning(reading, said) if reading.valence is not None else reading
    near = nearest_phrase(said)
    meant = _as_guessed(_found(near[0], context)) if near else None
    if near and meant and meant.intent == "redo" and near[1] < SURELY:
        meant = None  # "as it was before" lies nearer to redoing than to undoing in that space
    unsure = near is not None and (near[1] >= OWN_WORDS_SAY or not glossed or glossed.coverage < COVERED)
    if near and meant and unsure and meant.intent != "describe" and not (reading and reading.entities):
        return replace(meant, confidence=round(min(1.0, near[1]), 3))
    if reading and not _is_vague(reading):
        return reading
    kept = reading or WordsReading(text=said)
    scene = kept.intent in VAGUE or meant is None or meant.intent == "describe"
    told = replace(kept, intent="describe" if scene else kept.intent, wants=(), confidence=0.6)
    return _placed_by_meaning(told, said)


@dataclass(frozen=True)
class _Abroad:
    """Words in another language, with the guess about them and their English as far as the glossary goes."""

    said: str
    guess: WordsReading
    glossed: gloss.Glossed | None
    context: DialogueContext

    def meaning(self, intent: Intent, confidence: float) -> WordsReading:
        """What they say if this is what they ask for; a wish that the glossary has no words for is that of the known
        phrase nearest in meaning."""
        english = self.glossed.english.strip(BARE) if self.glossed else ""
        reading = _as(_found(english or self.said, self.context, foreign=True), intent, confidence)
        if intent == "describe":
            sure = self.glossed is not None and self.glossed.coverage >= COVERED
            return _placed_by_meaning(reading if sure else replace(reading, valence=None, arousal=None), self.said)
        if self.guess.entities and not (reading.wants or reading.limits.asked() or reading.entities):
            # the rules knew how this language names somebody
            return replace(self.guess, intent=intent, confidence=confidence)
        if intent in WISHES and not (reading.wants or reading.limits.asked() or reading.released):
            near = nearest_phrase(self.said)
            meant = _as_guessed(_found(near[0], self.context)) if near else None
            if meant and meant.intent in WISHES:
                return replace(reading, wants=meant.wants, limits=meant.limits, released=meant.released)
        return reading


def _is_vague(reading: WordsReading) -> bool:
    """Whether the rules found nothing certain: no wish, limit or edit, or one that is only guessed."""
    if reading.limits.asked() or reading.edits:
        return False
    if reading.intent == "refine" and reading.confidence < GUESSED:
        return True
    return reading.intent in VAGUE and not reading.wants and reading.confidence < 0.9


def _placed_by_meaning(reading: WordsReading, said: str) -> WordsReading:
    """The point of what is described: of its own words, and, where the glossary read them too, half-way to that."""
    valence, arousal = affect_across(said)
    if reading.valence is not None and reading.arousal is not None:
        valence, arousal = (valence + reading.valence) / 2, (arousal + reading.arousal) / 2
    return replace(reading, valence=round(valence, 4), arousal=round(arousal, 4))


@dataclass(frozen=True)
class _Found:
    """What the readers of wishes, limits, places and names found in a sentence."""

    said: str
    words: intents.Words
    asked: asked_of.Asked
    things: list[entities.Named]
    plain: str


def _found(said: str, context: DialogueContext, *, foreign: bool = False) -> _Found:
    """``foreign``: the words are glossed, so that one in lower case is one that the glossary lacks rather than a
    name."""
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
    return _Found(said, words, asked, things, plain)


def _as_guessed(found: _Found) -> WordsReading:
    return _as(found, *intents.read_intent(found.words))


def _as(found: _Found, intent: Intent, confidence: float) -> WordsReading:
    """The reading of words that ask for this."""
    asked, plain, edits = found.asked, found.plain, found.words.edits
    taken_off = () if intent in WISHLESS else lengths.released(plain)
    if taken_off and not asked.found and not edits:
        intent = "limit"
    valence, arousal = _affect(plain, intent, asked.found, asked.rest)
    wishless = intent in WISHLESS
    return WordsReading(
        text=found.said,
        intent=intent,
        valence=valence,
        arousal=arousal,
        wants=_wants(asked.found, intent, plain),
        limits=Limits() if wishless else asked.limits,
        entities=tuple(thing.entity for thing in found.things),
        concepts=concepts_said(plain) if intent == "describe" else (),
        confidence=confidence,
        edits=() if wishless else tuple(edits),
        local=asked.local and not wishless,
        released=taken_off,
        longer=lengths.length_factor(plain) if intent == "length" else None,
    )


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
