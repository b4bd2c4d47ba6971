"""Slips of the finger: a word nobody writes that way, read as the word about sound it nearly is."""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from agents.language.lexicon import sound_words

_CUES = (
    "more less slower faster without instrumental something please nothing enough little much songs music playlist "
    "tempo lyrics vocals"
)
CUE_WORDS = _CUES.split()


@cache
def _targets() -> list[str]:
    words = {word for phrase in sound_words() for word in phrase.split()}
    return sorted({word for word in words if word.isalpha() and len(word) > 3} | set(CUE_WORDS))


@lru_cache(maxsize=2048)
def _corrected(word: str) -> str:
    """The nearest known word: one slip away for words under seven letters, else two; the word itself when none is."""
    if word in _targets():
        return word
    slips = 1 if len(word) < 7 else 2
    match = process.extractOne(word, _targets(), scorer=OSA.distance, score_cutoff=slips)
    return match[0] if match and match[0][0] == word[0] else word


def corrected(text: str, doubtful: Collection[str]) -> str:
    """The text with each doubtful word (one that is rare enough to be a slip) put right where a known word is near."""
    wrong = {word for word in doubtful if len(word) > 3 and word.isalpha()}
    return re.sub(r"[a-z]+", lambda match: _corrected(match[0]) if match[0] in wrong else match[0], text)
