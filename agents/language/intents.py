"""What a sentence asks to be done: one of the twenty-two intents.

Stated patterns decide where wording is clear; the rest goes to the sentence-vector model of ``meaning``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from agents.language.concepts import names_an_occasion
from agents.language.intent_patterns import (
    COMPILED,
    CONTENT_FREE,
    FRESH,
    KEEP,
    LIKE_THIS,
    LONGER,
    MORE_LIKE,
    MUSIC,
    POLITE,
    REFINING,
    REMOVE,
    REPLACE,
)
from agents.language.meaning import intent_probabilities
from agents.language.social import social_intent
from agents.language.wants import Found
from core.schemas import FEATURES, Edit, Entity, Intent, Limits
from recommender.perception.text.affect_model import describes

COMMAND_FROM = 0.5
"""A command (undo, save, play, ...) that only the model sees needs this probability; below, the words describe."""
UNSURE = 0.16
"""Below this, in a short text, no intent is likely enough."""
MOVES_ONLY = frozenset(FEATURES) - {"valence", "energy", "mode"} | {"familiarity"}
"""Features that describe no feeling: "slow tempo" or "acoustic" alone is a wish about the list."""
SURE_OF_A_SCENE = 0.6
SCENE = re.compile(r"^(?:an?|the|my|our|at|on|in|under|by|during|after|when|while|for)\b")
NO_SCENE = re.compile(
    r"\?|^(?:please )?(?:what|who|whose|how|when(?:'s| is| will)|where|why|which|is|are|can|could|do|does|did|will|"
    r"would|tell|write|book|order|send|call|translate|open|buy|remind|set|calculate|explain|i need a|"
    r"the (?:app|site|page))\b"
)
"""A question or an errand: it names a scene at most by the way."""
STATED = frozenset(
    {"undo", "redo", "save", "play", "scope", "compare", "explain", "keep", "remove", "replace", "length", "more_like"}
)


@dataclass(frozen=True)
class Words:
    """A sentence with what the other readers found in it. ``text`` is lower case; ``rest`` is what no wish used."""

    text: str
    rest: str
    wants: Sequence[Found]
    limits: Limits
    entities: Sequence[Entity]
    vector: NDArray[np.float32]
    edits: Sequence[Edit] = ()
    leads: bool = True
    """Whether the edits come first, before any wish."""

    @property
    def refers(self) -> bool:
        """Whether places or names of the list are pointed at."""
        return bool(self.entities)

    @property
    def ordinal(self) -> bool:
        return any(entity.type == "ordinal" for entity in self.entities)

    @property
    def compares(self) -> bool:
        return any(want.firm and want.direction for want in self.wants)

    @cached_property
    def content(self) -> list[str]:
        """Words left that may describe something."""
        said = " ".join(entity.text.lower() for entity in self.entities).split()
        words = re.findall(r"[^\W\d_][\w'-]*", self.rest)
        genres = set(" ".join((*self.limits.exclude_genres, *self.limits.genres)).split())
        return [
            word
            for word in words
            if word not in CONTENT_FREE and word not in said and word not in genres and len(word) > 1
        ]


def read_intent(words: Words) -> tuple[Intent, float]:
    """The intent and how sure it is, 0..1."""
    if not re.search(r"\w", words.text):
        return "unclear", 1.0
    if social := social_intent(words.text):
        return social, 0.95
    if words.edits and words.edits[0].verb == "move":
        return "reorder", 0.95
    for intent, pattern in COMPILED:
        if pattern.search(words.text) and not (intent in {"explain", "compare"} and len(words.text.split()) > 25):
            return intent, 0.95
    return _by_edits(words) or _about_tracks(words) or _about_sound(words) or _by_meaning(words)


def _by_edits(words: Words) -> tuple[Intent, float] | None:
    """The first edit's intent; a wish that is said before it comes first."""
    if not words.edits:
        return None
    if not words.leads and (words.wants or words.limits.asked()):
        return "refine", 0.9
    verb = words.edits[0].verb
    return ("reorder" if verb == "move" else verb), 0.9


def _about_tracks(words: Words) -> tuple[Intent, float] | None:
    text = words.text
    if words.refers:
        if words.ordinal and re.match(
            rf"{POLITE}(?:play|start|put on|let me hear|listen to|i want to hear|hear)\b", text
        ):
            return "play", 0.9
        if REPLACE.search(text):
            return "replace", 0.9
        kept, removed = KEEP.search(text), REMOVE.search(text)
        if kept and not (removed and removed.start() < kept.start()):
            return "keep", 0.9
        if removed and not words.wants:
            return "remove", 0.9
        if removed and words.ordinal:
            return "remove", 0.7
    if FRESH.search(text) and not words.wants and len(words.content) <= 4:
        return "replace", 0.7
    if LIKE_THIS.search(text) or (words.refers and MORE_LIKE.search(text)):
        return "more_like", 0.85
    if re.match(rf"{POLITE}play\b", text) and any(e.type == "track" for e in words.entities):
        return "play", 0.8
    return None


def _about_sound(words: Words) -> tuple[Intent, float] | None:
    asked = set(words.limits.asked())
    if words.compares and not _only_refusals(words):
        return "refine", 0.9
    if not words.wants and LONGER.search(words.text) and len(words.content) <= 4:
        return "length", 0.85
    if asked and asked <= {"count", "minutes"} and not words.wants and len(words.content) <= 1:
        return "length", 0.85
    if re.search(
        r"\bsame\b(?!.*\bas\b)|\bkeep (?:it|this|that|everything|the (?:vibe|style|mood))\b.*\bbut\b", words.text
    ):
        return "refine", 0.85
    if (
        asked - {"count", "minutes", "include_artists"}
        and len(words.content) <= 1
        and all(want.hard for want in words.wants)
    ):
        return "limit", 0.85
    if asked == {"include_artists"} and not words.content and not words.wants:
        return "limit", 0.8
    if "include_artists" in asked and REFINING.search(words.text):
        return "refine", 0.7
    if words.wants and REFINING.search(words.text) and len(words.content) <= 3:
        return "refine", 0.75
    feeling = any(want.feature in {"valence", "energy"} for want in words.wants) and not any(
        want.feature.startswith(("genre:", "instrument:")) for want in words.wants
    )
    if (
        feeling
        and not asked
        and not words.content
        and not MUSIC.search(words.text)
        and not re.search(r"\bi(?:'m| am| feel)", words.text)
    ):
        return "refine", 0.6
    if words.wants and not words.content and all(want.feature in MOVES_ONLY for want in words.wants):
        return ("limit" if asked else "refine"), 0.7
    return None


def _only_refusals(words: Words) -> bool:
    """ "No drums", "nothing sleepy": every firm wish is an outright refusal, and a limit says so already."""
    return bool(words.limits.asked()) and all(want.hard for want in words.wants)


def _is_a_scene(words: Words) -> bool:
    """Whether words that ask for nothing name a thing or a moment: "rain on the window", "a picture of my dog"."""
    if words.compares or words.limits.asked() or REFINING.search(words.text) or NO_SCENE.search(words.text):
        return False
    return names_an_occasion(words.text) or (not words.wants and bool(SCENE.search(words.text)))


def _by_meaning(words: Words) -> tuple[Intent, float]:
    chances = intent_probabilities(words.vector)
    intent, chance = max(chances.items(), key=lambda pair: pair[1])
    long = len(words.text.split()) > 14
    if words.wants and intent in {"smalltalk", "unclear", "out_of_scope", "limit", "length"}:
        intent = "refine" if REFINING.search(words.text) else "describe"
    if intent in {"smalltalk", "unclear", "out_of_scope"} and chance < COMMAND_FROM and describes(words.text):
        intent = "describe"
    if intent in {"describe", "refine", "out_of_scope", "unclear"} and _is_a_scene(words):
        return "describe", round(max(chance, SURE_OF_A_SCENE), 3)
    if intent == "refine" and not words.compares and describes(words.text) and not REFINING.search(words.text):
        intent = "describe"
    if words.limits.asked() and intent in {"unclear", "out_of_scope", "smalltalk"}:
        intent = "limit"
    if intent in {"limit", "length"} and not words.limits.asked():
        intent = "refine" if intent == "limit" else "length"
    if (intent in STATED and (chance < COMMAND_FROM or long)) or (intent == "unclear" and len(words.content) > 3):
        intent = "describe"
    if chance < UNSURE and not words.wants and not long and len(words.content) <= 2:
        intent = "unclear"
    return intent, round(chance, 3)  # type: ignore[return-value]
