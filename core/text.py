"""Text as names are compared: the foldings of the whole project.

``folded`` keeps what the database's index and stored keys were made with; ``plain`` goes further, and is for comparing
two names with each other.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

BETWEEN_ARTISTS = re.compile(r"\s*(?:,|;|&|/|\bfeat\.?\b|\bft\.?\b|\bfeaturing\b|\bx\b|\bvs\.?\b)\s*")
_LATIN_AND_CYRILLIC = re.compile(r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u0400-\u052f\u1e00-\u1eff]+")


def folded(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    return _without_accents(text.lower()).replace("ø", "o")


def plain(text: str) -> str:
    """Lower case, Latin and Cyrillic letters in ASCII ones, other scripts without accents, one space between words.
    Idempotent."""
    lowered = unicodedata.normalize("NFKC", text).lower().replace("\u2019", "'")
    spelled = _LATIN_AND_CYRILLIC.sub(lambda letters: anyascii(letters[0]).replace("'", ""), lowered)
    return " ".join(unicodedata.normalize("NFKC", _without_accents(spelled)).lower().split())


def _without_accents(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


@lru_cache(maxsize=50_000)
def artist_key(artist: str) -> str:
    """The first-named artist, folded; empty when unknown."""
    return BETWEEN_ARTISTS.split(folded(artist).strip(), maxsplit=1)[0].removeprefix("the ").strip()
