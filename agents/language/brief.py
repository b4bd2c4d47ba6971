"""What was seen and what was said, as a brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from agents.language.concepts import concepts_said
from agents.language.parser import read_words
from core.schemas import ImageReading, MusicBrief
from recommender import mapping
from recommender.perception.weights.loaders import embed_texts


def brief_of(reading: ImageReading | None, said: Sequence[str]) -> MusicBrief:
    """The brief for a picture, for words, or for both. Raises NothingToGoBy."""
    words = [replace(one, concepts=one.concepts or concepts_said(text)) for text in said for one in [read_words(text)]]
    return mapping.brief_for(reading, words, embed=embed_texts)
