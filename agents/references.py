"""What words point at: tracks of the shown list ("the second one", "tracks 3 and 5", a name), or a name in the
catalogue."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from rapidfuzz import fuzz

from accounts.models import User
from agents.language.pointing import (
    BEYOND,
    BY_WHOM,
    DESCRIBED,
    EVERY_OTHER,
    EVERYTHING,
    EXCEPT,
    EXTREME,
    REST,
    sound_of,
)
from core.schemas import Entity, Label, ScoredTrack, WordsReading
from core.text import folded
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

SAME_WORD = 85.0
"""rapidfuzz ratio, 0..100, from which two words count as the same."""

FINDS, MOST_ARTISTS = 100, 5
"""Of the tracks that a name finds the likeliest are looked at, and so many artists are told."""

_NUMBER = rf"(?:\d{{1,3}}(?:st|nd|rd|th)?|{'|'.join(NUMBERS)})"
_RANGE = re.compile(rf"({_NUMBER})\s*(?:-|–|to|through|until)\s*({_NUMBER})")
_LAST_BUT_ONE = re.compile(r"\b(?:(?:second|next)[- ](?:to|from)[- ](?:the )?last|penultimate|last but one)(?: one)?\b")
_SPAN = re.compile(rf"\b(first|last|top|bottom)\s+({_NUMBER}|couple|few|half)\b|\b(second|other) (half)\b")
_SINGLE = re.compile(rf"\b(?:{_NUMBER})\b")


def positions(said: str, length: int) -> list[int]:
    """Zero-based places that an ordinal phrase names in a list of ``length``; places outside it are dropped."""
    text = said.lower()
    found: list[int] = []
    if _LAST_BUT_ONE.search(text):
        text, found = _LAST_BUT_ONE.sub(" ", text), [length - 2]
    if re.search(r"\bmiddle\b", text):
        text, found = re.sub(r"\bmiddle (?:one)?", " ", text), [length // 2]
    for match in _SPAN.finditer(text):
        many = match[2] or match[4]
        count = {"couple": 2, "few": 3, "half": max(1, length // 2)}.get(many) or _number(many)
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


def places_of(said: str, shown: Sequence[ScoredTrack], taken: Collection[int] = ()) -> set[int]:
    """The zero-based places that a reference means ("all but the last two", "the goose one", "the rest"); ``taken``:
    the places that the same sentence said something else about, which "the rest" leaves out."""
    text = said.lower().strip(" .,!?")
    everything = set(range(len(shown)))
    if match := re.match(rf"(?:{EVERYTHING}){EXCEPT} (.+)$", text):
        return everything - places_of(match[1], shown)
    if re.fullmatch(REST, text):
        return everything - set(taken)
    if re.fullmatch(BEYOND, text):
        return _beyond(text, len(shown))
    if re.fullmatch(EVERY_OTHER, text):
        step, start = (3, 2) if "third" in text else (2, 0 if "odd" in text else 1)
        return set(range(start, len(shown), step))
    if re.fullmatch(EVERYTHING, text) or text in {"all", "list"}:
        return everything
    if re.fullmatch(EXTREME, text):
        return set(_extreme(text, shown))
    if re.search(r"\b(?:by|from) \D", text) and (found := _by_name(text, shown)):
        return found
    return _by_sound(text, shown) or set(positions(text, len(shown))) or _by_name(text, shown)


def _beyond(text: str, length: int) -> set[int]:
    side, _, rest = re.sub(r"^.*?\b(after|before|from) ", r"\1|", text).partition("|")
    at = positions(rest, length)
    if not at:
        return set()
    if side == "before":
        return set(range(at[0]))
    return set(range(at[-1] + (side == "after"), length))


SIDES = (
    (r"slow|calm|quiet|soft|relaxing|weak energy", "arousal", 1),
    (r"fast|quick|loud|livel|live|strong|energetic|aggressive|upbeat|intense", "arousal", -1),
    (r"sadd?|dark|gloom|melancholic|depressing", "valence", 1),
    (r"happ|bright|cheer", "valence", -1),
    (r"short", "duration", 1),
    (r"long", "duration", -1),
    (r"worst|weakest|least fitting|boring", "score", 1),
    (r"best", "score", -1),
)
"""Words for an end of a scale, the scale, and the sign that puts that end first."""


def _extreme(text: str, shown: Sequence[ScoredTrack]) -> list[int]:
    """ "the slowest one", "the two saddest songs": the places at an end of a scale, the nearest to it first."""
    for words, name, sign in SIDES:
        if re.search(words, text):
            known = [place for place, track in enumerate(shown) if getattr(track, name) is not None]
            known.sort(key=lambda place: sign * getattr(shown[place], name))
            many = re.search(rf"\b({_NUMBER}|couple|few)\b", text)
            plural = re.search(r"\b(?:songs|tracks|ones)\b", text)
            count = {"couple": 2, "few": 3}.get(many[1]) or _number(many[1]) if many else 3 if plural else 1
            return known[:count]
    return []


MIDDLE = 0.5


def _by_sound(text: str, shown: Sequence[ScoredTrack]) -> set[int]:
    """ "the slow ones": what lies on that side of the middle, when the words are about sound and nothing else."""
    match = re.fullmatch(DESCRIBED, text)
    moves = sound_of(match[1]) if match else {}
    axis = next((name for name in ("valence", "arousal") if name in moves), None)
    if axis is None and match and (tempo := moves.get("tempo")):
        axis, moves = "arousal", {"arousal": tempo}
    if axis is None:
        return set()
    named = set() if text.endswith("s") else _by_name(text, shown)
    sign = moves[axis]
    found = {
        place
        for place, track in enumerate(shown)
        if (value := getattr(track, axis)) is not None and sign * (value - MIDDLE) > 0
    }
    return named or found


_FILLER = re.compile(
    r"\b(?:the|all|that|this|those|these|both|ones?|songs?|tracks?|tunes?|by|from|called|named|titled|everything|anything)\b"
)


def _by_name(text: str, shown: Sequence[ScoredTrack]) -> set[int]:
    """Places whose title or artist has every word of it: "the goose one" is "Wild Goose Chase"."""
    match = re.fullmatch(DESCRIBED, text) or re.fullmatch(BY_WHOM, text)
    words = re.findall(r"[^\W_]+", folded(_FILLER.sub(" ", match[1] if match else text)))
    if not words:
        return set()
    for names in ("title", "artist"):
        found = {place for place, track in enumerate(shown) if _has_words(words, getattr(track, names))}
        if found:
            return found
    return set()


def _has_words(words: Sequence[str], name: str) -> bool:
    own = re.findall(r"[^\W_]+", folded(name))
    return all(any(fuzz.ratio(word, one) >= SAME_WORD for one in own) for word in words)


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
