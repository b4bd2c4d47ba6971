"""Names and sentences that are kept as words of the catalogues, and told in the language of whoever reads them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

TEXT = "wording"
"""The context of a wording's text in the catalogues; that of a word is the name of the hole it fills."""


@dataclass(frozen=True, kw_only=True)
class Wording:
    """``text``: English, with holes, such as "{things}, in {light}"; ``words``: what fills each hole, in English,
    several being listed. As ``str`` it is in the language that is active."""

    text: str
    words: Mapping[str, tuple[str | Wording, ...]] = field(default_factory=dict)

    def __str__(self) -> str:
        told = {hole: listed([_told(word, hole) for word in words]) for hole, words in self.words.items()}
        return _told(self.text, TEXT).format(**told)

    @property
    def english(self) -> str:
        """The same for programs, whatever language is active."""
        told = {hole: [_english(word) for word in words] for hole, words in self.words.items()}
        return self.text.format(**{hole: _joined(words, " and ") for hole, words in told.items()})


def _english(word: str | Wording) -> str:
    return word.english if isinstance(word, Wording) else word


def _told(word: str | Wording, hole: str) -> str:
    """A word as it stands in that hole, else as it stands alone."""
    from django.utils.translation import gettext, pgettext  # pictures are read where no Django is loaded, too

    if isinstance(word, Wording):
        return str(word)
    told = pgettext(hole, word)
    return gettext(word) if told == word else told


def listed(words: Sequence[str]) -> str:
    """ "Rain, fog and snow", in the language that is active."""
    from django.utils.translation import gettext

    return _joined(words, gettext(" and "))


def _joined(words: Sequence[str], last: str) -> str:
    return last.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def headed(text: str) -> str:
    """With a capital letter where it begins."""
    return text[:1].upper() + text[1:]


def called(title: str, wording: Mapping[str, Any] | None) -> str:
    """A row's title or sentence in the language that is active: by its stored wording, else as it stands."""
    return headed(str(_STORED.validate_python(wording))) if wording else title


_STORED = TypeAdapter(Wording)
