"""What a sentence asks to be done, decided: the rules' guess with what they found, weighed against its words.

Rules know wording that somebody listed; of other wording they guess. Two linear models (logistic regression on the
sentence's vector, its words and pairs of words, and what the rules found in it) were fitted by ``train
words_decisions`` on 3,700 sentences in fifteen languages, whose writers had not seen the rules: one for English, on
MiniLM vectors, one for all other languages, on the multilingual encoder's.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import get_args

import numpy as np
from numpy.typing import NDArray

from core.schemas import Intent, WordsReading
from recommender.perception import TRAINED

DECISIONS_FILE = TRAINED / "words_decisions.npz"
ENGLISH, ACROSS = "english", "across"
INTENTS: tuple[Intent, ...] = tuple(sorted(get_args(Intent)))
VERBS = ("keep", "remove", "replace", "move", "add")
LIMITS = (
    "year_min", "year_max", "tempo_min", "tempo_max", "instrumental", "explicit", "live", "language", "genres",
    "exclude_artists", "exclude_genres", "include_artists", "count", "minutes",
)  # fmt: skip
ENTITIES = ("artist", "track", "ordinal")
WANTS = ("valence", "energy", "arousal", "tempo", "mood", "genre", "instrument", "theme", "familiarity")
LONG = 20
"""Words from which a sentence counts as long."""
SURER_BY, THAN_SURE_RULES, TO_DROP_WISHES = 0.1, 0.4, 0.6
"""How much likelier another intent must be than the rules' before it stands instead, usually, where the rules are sure,
and where nothing would come of what they found; set on sentences held out."""
SURE, STATED_SURELY = 0.8, 0.95
STATED: frozenset[Intent] = frozenset({"undo", "redo", "replace", "out_of_scope"})
"""What is asked for in words that mean nothing else."""
CHANGES_NOTHING: frozenset[Intent] = frozenset(
    {"thanks", "complaint", "smalltalk", "unclear", "out_of_scope", "explain"}
)


def evidence(guess: WordsReading) -> NDArray[np.float32]:
    """(n,) 0..1: what the rules made of a sentence, and how it is written."""
    text = guess.text
    wanted = {want.feature.partition(":")[0] for want in guess.wants}
    asked, verbs = set(guess.limits.asked()), {edit.verb for edit in guess.edits}
    named = {entity.type for entity in guess.entities}
    found = [
        *(guess.intent == intent for intent in INTENTS),
        *((guess.intent == intent) * guess.confidence for intent in INTENTS),
        *(verb in verbs for verb in VERBS),
        *(limit in asked for limit in LIMITS),
        *(kind in named for kind in ENTITIES),
        *(want in wanted for want in WANTS),
        bool(wanted),
        bool(asked),
        any(want.direction < 0 for want in guess.wants),
        any(want.direction > 0 for want in guess.wants),
        "?" in text,
        "!" in text,
        min(len(text.split()), LONG) / LONG,
    ]
    return np.array(found, dtype=np.float32)


def terms(text: str) -> list[str]:
    """The words of a sentence and its pairs of words, lower case."""
    words = re.findall(r"[^\W_]+(?:'\w+)?", text.lower())
    return words + [f"{first} {second}" for first, second in pairwise(words)]


@dataclass(frozen=True, eq=False)
class Decider:
    """``weights``: (vector + evidence + terms + 1, intents), the last row the intercept; ``places``: a term's row
    among the terms, with ``rarity`` (its inverse document frequency) beside."""

    weights: NDArray[np.float32]
    places: dict[str, int]
    rarity: NDArray[np.float32]

    def chances(self, guess: WordsReading, vector: NDArray[np.float32]) -> dict[Intent, float]:
        """How likely each intent is; they sum to 1. ``vector``: the sentence's, of this model's encoder."""
        scores = self.weights[-1].copy()
        known = np.concatenate([vector, evidence(guess)])
        scores += known @ self.weights[: len(known)]
        count = {self.places[term]: n for term, n in Counter(terms(guess.text)).items() if term in self.places}
        if count:
            rows = np.fromiter(count, dtype=np.intp)
            value = (1.0 + np.log(np.fromiter(count.values(), dtype=np.float32))) * self.rarity[rows]
            scores += value / np.linalg.norm(value) @ self.weights[len(known) + rows]
        exponents = np.exp(scores - scores.max())
        return dict(zip(INTENTS, map(float, exponents / exponents.sum()), strict=True))


@cache
def deciders() -> dict[str, Decider]:
    with np.load(DECISIONS_FILE) as stored:
        return {
            name: Decider(
                stored[f"{name}.weights"].astype(np.float32),
                {str(term): row for row, term in enumerate(stored[f"{name}.terms"])},
                stored[f"{name}.rarity"].astype(np.float32),
            )
            for name in (ENGLISH, ACROSS)
        }


def decide(guess: WordsReading, vector: NDArray[np.float32], *, across: bool) -> tuple[Intent, float]:
    """The intent, and how sure it is, 0..1. ``guess``: the reading by rules alone, with the sentence as it was said;
    ``vector``: of the multilingual encoder (``across``), else of MiniLM."""
    if guess.intent in STATED and guess.confidence >= STATED_SURELY:
        return guess.intent, guess.confidence
    chances = deciders()[ACROSS if across else ENGLISH].chances(guess, vector)
    likeliest = max(chances, key=chances.__getitem__)
    if chances[likeliest] - chances[guess.intent] > lead_over(guess, likeliest):
        return likeliest, round(chances[likeliest], 3)
    return guess.intent, guess.confidence


def lead_over(guess: WordsReading, other: Intent) -> float:
    """How much likelier another intent must be than the one guessed; more than 1 where it cannot be."""
    asks = any(want.direction for want in guess.wants) or guess.limits.asked() or guess.edits or guess.released
    if other in CHANGES_NOTHING and (asks or guess.concepts or guess.intent == "replace"):
        return 2.0 if other == "unclear" else TO_DROP_WISHES
    if other == "add" and guess.intent == "limit" and guess.limits.include_artists and guess.confidence >= SURE:
        return 2.0  # "something by them", and no more: a list of theirs
    return THAN_SURE_RULES if guess.confidence >= SURE else SURER_BY
