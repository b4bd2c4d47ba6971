"""Other languages by rules: a sentence word by word in English, as far as a glossary knows it.

A glossary (``glossaries/*.txt``) holds what people say to a list: numbers, places, verbs, comparatives, negation,
years, feelings. What it does not know stays as it was written, and ``coverage`` says how much is known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agents.language.pointing import REFERENCE
from agents.language.shapes import GENRE
from core.text import folded

FOLDER = Path(__file__).parent / "glossaries"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))
ATTRIBUTED = re.compile(r"\b(?:ein|kein|dieser|jener|mein|dein|unser|so|zu|sehr|nicht|der|am) $", re.IGNORECASE)
"""Before a German adjective in -er: it describes a noun, and compares nothing."""
VERBS = r"(?:keep|replace|remove|put|add|change|play)"


@dataclass(frozen=True)
class Entry:
    """A piece of a glossary: what is said, as a pattern, and what it means; ``compares``: an adjective in -er."""

    pattern: str
    english: str
    compares: bool = False


@dataclass(frozen=True)
class Glossed:
    english: str
    coverage: float


@cache
def glossary(language: str) -> tuple[Entry, ...]:
    """The entries of a language, the longest first."""
    entries = []
    for line in (FOLDER / f"{language}.txt").read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        said, _, english = line.partition(" | ")
        for one in said.split(", "):
            entries += _entries(plain(one.strip()), english.strip())
    return tuple(sorted(entries, key=lambda entry: -len(entry.pattern)))


def _entries(said: str, english: str) -> list[Entry]:
    if said.startswith("~"):
        stem = said[1:]
        return [
            Entry(f"{stem}er", english, compares=True),
            Entry(f"{stem}ere[srnm]?", f"more {english}"),
            Entry(f"{stem}(?:e|es|en|em|s)?", english),
        ]
    return [Entry(said.replace("*", r"[a-z]{0,4}"), english)]


def plain(text: str) -> str:
    """Lower case without accents; the German sharp s as two."""
    return folded(text).replace("ß", "ss")


@cache
def _pattern(language: str) -> re.Pattern[str]:
    entries = "|".join(f"({entry.pattern})" for entry in glossary(language))
    return re.compile(rf"(?<!\w)(?:{entries})(?:(?<=')|(?![\w]))")


def known_words(language: str, said: str) -> list[str]:
    """The words (plain) of a sentence that a glossary covers."""
    return [word for match in _pattern(language).finditer(plain(said)) for word in re.findall(r"[^\W\d_]+", match[0])]


def in_english(said: str, language: str) -> Glossed:
    """The sentence in English words and English order, as far as the glossary goes."""
    mapped = _Mapped(said)
    pieces: list[str] = []
    at = known = 0
    for match in _pattern(language).finditer(mapped.plain):
        if language != "de" and _is_name(mapped.original(match.start(), match.end()), match.start()):
            continue  # what has a capital within the sentence is called so
        between = mapped.original(at, match.start())
        pieces.append(_unknown(between, language, pieces))
        entry = glossary(language)[(match.lastindex or 1) - 1]
        pieces.append(_meaning(entry, mapped, match))
        known += len(match[0].split())
        at = match.end()
    pieces.append(_unknown(mapped.original(at, len(mapped.plain)), language, pieces))
    words = len(re.findall(r"[^\W_]+", said)) or 1
    english = re.sub(r"\s+([,.!?])", r"\1", " ".join(" ".join(pieces).split())).lstrip("¿¡ ")
    return Glossed(_in_order(english, language), min(1.0, known / words))


def _is_name(word: str, at: int) -> bool:
    return at > 0 and word[:1].isupper() and word[1:2].islower() and " " not in word


def _meaning(entry: Entry, mapped: _Mapped, match: re.Match[str]) -> str:
    if not entry.compares:
        return entry.english
    after = mapped.original(match.end(), len(mapped.plain))
    attributed = ATTRIBUTED.search(mapped.plain[: match.start()]) or re.match(r"\s+[A-ZÄÖÜ]\w", after)
    return entry.english if attributed else f"more {entry.english}"


def _unknown(text: str, language: str, before: Sequence[str]) -> str:
    """Words left as they are; German writes every noun with a capital, which makes it no name unless it follows
    "by"."""
    named = bool(before) and before[-1].endswith(("by", "like", "play"))
    if language != "de" or named or re.search(r"[\"“„]", text):
        return text
    return re.sub(r"[A-ZÄÖÜ]\w+", lambda match: match[0].lower(), text)


class _Mapped:
    """A text, its plain form, and the way back."""

    def __init__(self, said: str) -> None:
        self.said = said
        letters = [plain(character) or "" for character in said]
        self.plain = "".join(letters)
        self._at = [at for at, letter in enumerate(letters) for _ in letter]

    def original(self, start: int, end: int) -> str:
        if start >= end:
            return ""
        return self.said[self._at[start] : self._at[end - 1] + 1]


_NUMBER = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|\d+)"
_ORDER: tuple[tuple[str, str], ...] = (
    (rf"\b({_NUMBER}) (first|last)\b", r"\2 \1"),
    (r"\bthe (?:the )+", "the "),
    (r"\b(?:the )?songs? (?=number)", ""),
    (r"\bsongs (\d+)", r"song \1"),
    (r"\bof (?:the )?(?=[A-Z][a-z])", "by "),
    (r"\bfrom the (?:from the )+", "from the "),
    (r"\b(?:of|from) the (?:of the |from the |years )*(?=\d0s)", "from the "),
    (r"(?<=from the )(\d0)\b(?!s)", r"\1s"),
    (r"\bin in (?=[a-z])", "in "),
    (r"\bmore a bit\b", "a bit more"),
    (r"\bmore much\b", "much more"),
    (r"\bmore more\b", "more"),
    (r"\bto the (top|end)(?: the list)?\b", r"to the \1"),
    (r"\bmake it (?=more like)", ""),
    (r"\bsome only\b", "only"),
    (r"\bonly some\b", "only"),
    (r"\bwithout (?:the |some )", "without "),
    (r"\bvocals vocals\b", "vocals"),
    (rf"\bsongs? (?:of|by|from) (?:the )?(?={GENRE}\b)", ""),
    (
        rf"\b(?:more|another|other|different(?: songs)?) ({_NUMBER}) (?:songs?\b|more\b(?: songs)?|ones\b)",
        r"\1 more songs",
    ),
    (rf"\b(?:even |still )?({_NUMBER}) songs? (?:more|different)(?: songs)?\b", r"\1 more songs"),
    (rf"\b(?:another|other|different songs) ({_NUMBER})\b(?! more)", r"\1 more songs"),
    (r"\bi don't like it (?=(?:the|this|these|those|any)\b)", "i don't like "),
    (r"^(terrible|garbage|bad) (?:is )?((?:this|the|these) (?:the )?(?:list|songs|music))", r"\2 is \1"),
    (r"\bthis the list\b", "this list"),
    (r"\bis too too\b", "is too"),
    (r"\bmood mood\b", "mood"),
)
ORDER = tuple((re.compile(pattern), how) for pattern, how in _ORDER)


@cache
def _verb_last() -> re.Pattern[str]:
    return re.compile(
        rf"(?P<what>{REFERENCE}|(?:a|another|one more|two|three|four|five)(?: \w+)?(?: with \w+)?|"
        rf"the songs? (?:by|from) [A-Z][\w'.&-]*(?: [A-Z][\w'.&-]*)*)(?: please)? "
        rf"(?P<verb>{VERBS})(?=$|[,.!]| and| please)"
    )


def _in_order(english: str, language: str) -> str:
    for pattern, how in ORDER:
        english = pattern.sub(how, english)
    if language == "de":
        english = _verb_last().sub(r"\g<verb> \g<what>", english)
    return english.strip()
