"""Text as names are compared: one folding for the whole project."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

BETWEEN_ARTISTS = re.compile(r"\s*(?:,|;|&|/|\bfeat\.?\b|\bft\.?\b|\bfeaturing\b|\bx\b|\bvs\.?\b)\s*")


def folded(text: str) -> str:
    """Lower case without accents."""
    if text.isascii():
        return text.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c)).replace(
        "ø", "o"
    )


@lru_cache(maxsize=50_000)
def artist_key(artist: str) -> str:
    """The first-named artist, folded; empty when unknown."""
    return BETWEEN_ARTISTS.split(folded(artist).strip(), maxsplit=1)[0].removeprefix("the ").strip()
