"""What a sentence of another language means by its nearest neighbour: the known English phrase that says the same.

The phrases (``phrases.txt``) say plain things to a list, one of each kind; the English reading of the phrase is the
reading of the sentence. Their vectors are stored with the affect model (``train words_across``) and worked out anew
where the file has changed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recommender.perception.text.across_languages import embed_across, embed_one, stored

PHRASES_FILE = Path(__file__).parent / "phrases.txt"
NEAR = 0.5
"""Cosine from which a phrase counts as saying the same."""


@cache
def phrases() -> tuple[str, ...]:
    return tuple(line for line in PHRASES_FILE.read_text(encoding="utf-8").splitlines() if line.strip())


@cache
def _vectors() -> NDArray[np.float32]:
    kept = stored()
    if tuple(str(text) for text in kept["phrases"]) == phrases():
        vectors: NDArray[np.float32] = kept["phrase_vectors"].astype(np.float32)
        return vectors
    return embed_across(phrases())


def nearest_phrase(text: str) -> tuple[str, float] | None:
    """The phrase nearest in meaning and its cosine; None when none is near."""
    likeness = _vectors() @ embed_one(text)
    best = int(np.argmax(likeness))
    return (phrases()[best], float(likeness[best])) if likeness[best] >= NEAR else None
