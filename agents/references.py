"""What words point at: tracks of the shown list ("the second one", "tracks 3 and 5", a name), or a name in the
catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz

from accounts.models import User
from core.schemas import Entity, Label, ScoredTrack, WordsReading
from recommender import mapping
from recommender.library.matching.name_search import KNOWN_FROM, are_known, found_by_name
from recommender.models import Track

NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            ("one", "first"),
            ("two", "second"),
            ("three", "third"),
            ("four", "fourth"),
            ("five", "fifth"),
            ("six", "sixth"),
            ("seven", "seventh"),
            ("eight", "eighth"),
            ("nine", "ninth"),
            ("ten", "tenth"),
            ("eleven", "eleventh"),
            ("twelve", "twelfth"),
        ),
        start=1,
    )
    for word in words
}
SAME_NAME = 86.0
"""rapidfuzz token-set ratio, 0..100, from which two names count as the same."""

FINDS, MOST_ARTISTS = 100, 5
"""Of the tracks that a name finds the likeliest are looked at, and so many artists are told."""

_NUMBER = rf"(?:\d{{1,3}}(?:st|nd|rd|th)?|{'|'.join(NUMBERS)})"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|to|through|until)\s*({_NUMBER})")
_SPAN = re.compile(rf"\b(first|last|top|bottom)\s+({_NUMBER}|couple|few|half)\b")
_SINGLE = re.compile(rf"\b(?:{_NUMBER})\b")


def positions(said: str, length: int) -> list[int]:
    """Zero-based places that an ordinal phrase names in a list of ``length``; places outside it are dropped."""
    text = said.lower()
    found: list[int] = []
    for match in _SPAN.finditer(text):
        count = {"couple": 2, "few": 3, "half": max(1, length // 2)}.get(match[2]) or _number(match[2])
        start = 0 if match[1] in {"first", "top"} else max(0, length - count)
        found += range(start, min(length, start + count))
    text = _SPAN.sub(" ", text)
    for match in _RANGE.finditer(text):
        found += range(_number(match[1]) - 1, _number(match[2]))
    text = _RANGE.sub(" ", text)
    found += [_number(match[0]) - 1 for match in _SINGLE.finditer(re.sub(r"\b(\w+) one\b", r"\1", text))]
    if re.search(r"\b(last|final|bottom)\b", text):
        found.append(length - 1)
    if re.search(r"\b(all|everything|every one)\b", text):
        found += range(length)
    return [place for place in dict.fromkeys(found) if 0 <= place < length]


def _number(word: str) -> int:
    return NUMBERS.get(word) or int(re.sub(r"\D", "", word))


def tracks_named(entities: Iterable[Entity], shown: Sequence[ScoredTrack]) -> list[ScoredTrack]:
    """The tracks of the shown list that the entities point at, in list order."""
    chosen: set[int] = set()
    for entity in entities:
        if entity.type == "ordinal":
            chosen.update(positions(entity.text, len(shown)))
        else:
            name = "artist" if entity.type == "artist" else "title"
            chosen.update(
                place
                for place, track in enumerate(shown)
                if fuzz.token_set_ratio(entity.text.lower(), getattr(track, name).lower()) >= SAME_NAME
            )
    return [shown[place] for place in sorted(chosen)]


def artists_by_name(name: str) -> list[str]:
    """The artists of everybody's catalogue who go by such a name, or have a track that does; the likeliest first."""
    found = found_by_name(Track.objects.visible_to(None), [Label(name=name, score=1.0, kind="artist")])
    likely = sorted((track for track, sure in found.items() if sure >= KNOWN_FROM), key=lambda track: -found[track])
    artists = dict(Track.objects.filter(pk__in=likely[:FINDS]).values_list("pk", "artist"))
    return list(dict.fromkeys(artists[track] for track in likely if artists.get(track)))[:MOST_ARTISTS]


def shared_with_all(tracks: Sequence[int]) -> set[int]:
    """Those of the tracks that belong to everybody's catalogue, not to one person."""
    return set(Track.objects.visible_to(None).filter(pk__in=tracks).values_list("pk", flat=True))


def known_by_name(person: User | None, words: WordsReading) -> bool:
    """Whether words name somebody or something that is in the person's catalogue."""
    return are_known(Track.objects.visible_to(person), mapping.named((), words))
