"""Words to a reading: what a sentence describes, asks for, limits, and points at, offline.

Rules and a lexicon read what they know; sentence vectors read wording nobody listed. Whatever is written is data:
nothing in a sentence can change how it is read.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from agents.language.abroad import Abroad
from agents.language.corrections import as_meant
from agents.language.decision import decide
from agents.language.found import DialogueContext, find
from agents.language.tongues import language_of
from core.schemas import Intent, WordsReading
from recommender.perception.text import entity_tagger
from recommender.perception.text.across_languages import embed_one

MAX_CHARACTERS = 1000
"""Longer texts are read up to here."""


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
        found = find(said, context)
        return Guess(found.guessed(), found.words.vector, language, found.meaning)
    abroad = Abroad(said, language, context)
    return Guess(abroad.guess, embed_one(said), language, abroad.meaning)


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
