"""In which language a person is answered: the one they wrote in, where there is a catalogue for it (``locale/``)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.utils.translation import override

from core.schemas import WordsReading


@contextmanager
def speaking(words: WordsReading | None) -> Iterator[None]:
    """Answers are in the language of the words; without words, or in a language without a catalogue, in the one that
    is active."""
    known = words is not None and words.language in dict(settings.LANGUAGES)
    if not known or words is None:
        yield
        return
    with override(words.language):
        yield
