"""Limits and wishes of a sentence, and whether they are meant for the whole list or only for what an edit brings.

"Add a song with guitar" and "replace the last two with something happier" wish only for the tracks that come; in "a bit
faster, and drop number 4" the wish stands outside the edit, and is for the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from agents.language import entities, limits, wants
from agents.language.edits import Placed
from agents.language.entities import Named
from agents.language.meaning import moves_by_meaning
from agents.language.shapes import GENRE_WORDS
from core.schemas import Limits
from recommender.library.genres import genres_of

TAIL = re.compile(
    r" ?,? (?:with|by|for|to|into) (?P<what>[^.;!?]*?)(?=$|[.;!?]|,| but | and (?:drop|keep|remove|put|move|add)\b)"
)
"""What a replacement is to be: "swap number 4 FOR SOMETHING CALMER"."""


@dataclass(frozen=True)
class Asked:
    """``rest``: what no wish used; ``local``: meant only for the tracks that the edits bring; ``leads``: an edit is
    said before any wish."""

    limits: Limits
    found: list[wants.Found]
    rest: str
    local: bool = False
    leads: bool = True


def read_asked(
    lower: str, placed: Sequence[Placed], things: Sequence[Named], right: Callable[[str], str], today: date
) -> Asked:
    """``lower``: the text; ``right`` puts slips of the finger right in a piece of it."""
    artists = [thing for thing in things if thing.entity.type == "artist"]
    inner, spans = _inner(lower, placed)
    plain = without_names(lower, things)
    outer = right(_tidy(_blanked(plain, spans)))
    include, exclude = entities.artist_limits(lower, artists)
    if not placed:
        asked = replace(limits.read_limits(outer, today), include_artists=include, exclude_artists=exclude)
        found, rest = wants.read_wants(outer, moves_by_meaning)
        return Asked(asked, without_limited(found, asked), rest)
    around, left = wants.read_wants(outer, moves_by_meaning)
    general = limits.read_limits(outer, today)
    within = right(_tidy(" . ".join(plain[start:end] for start, end in inner)))
    brought, used = wants.read_wants(within, moves_by_meaning) if within else ([], "")
    special = replace(limits.read_limits(within, today), count=None) if within else Limits()
    inside, about = _of_edits(artists, inner, spans)
    include = tuple(name for name in include if name not in about)
    exclude = tuple(name for name in exclude if name not in {*about, *inside})
    outside = bool(around or general.asked() or [name for name in (*include, *exclude) if name not in inside])
    asked = replace(
        general.merged(special),
        count=general.count,
        include_artists=tuple(dict.fromkeys((*include, *inside))),
        exclude_artists=exclude,
    )
    found = without_limited(wants.merged([*around, *brought]), asked)
    first, _ = wants.read_wants(right(_tidy(_blanked(plain, spans)[: placed[0].start])), moves_by_meaning)
    return Asked(asked, found, f"{left} {used}".strip(), local=bool(inner) and not outside, leads=not first)


Span = tuple[int, int]


def _inner(lower: str, placed: Sequence[Placed]) -> tuple[list[Span], list[Span]]:
    """The pieces that say what shall come, and all pieces that belong to edits."""
    inner: list[Span] = []
    spans: list[Span] = []
    for number, one in enumerate(placed):
        end = one.end
        if one.edit.verb == "add":
            at = lower.find(one.edit.what, one.start, one.end) if one.edit.what else one.end
            inner.append((at if at >= 0 else one.start, one.end))
        elif one.edit.verb == "replace":
            stop = placed[number + 1].start if number + 1 < len(placed) else len(lower)
            tail = TAIL.match(lower[:stop], one.end)
            inner.append(tail.span("what") if tail else (one.end, one.end))
            end = tail.end() if tail else one.end
        spans.append((one.start, end))
    return inner, spans


def _of_edits(
    artists: Sequence[Named], inner: Sequence[Span], spans: Sequence[Span]
) -> tuple[tuple[str, ...], set[str]]:
    """Artists of whom something shall come, and artists that edits only point at."""

    def lies(thing: Named, pieces: Sequence[Span]) -> bool:
        return any(start <= thing.start and thing.end <= end for start, end in pieces)

    inside = tuple(thing.entity.text for thing in artists if lies(thing, inner))
    return inside, {thing.entity.text for thing in artists if lies(thing, spans) and not lies(thing, inner)}


def without_names(lower: str, things: Sequence[Named]) -> str:
    """The text with names and ordinals blanked, so that "Slowdive" is not read as a wish for slow songs."""
    return _blanked(lower, [(thing.start, thing.end) for thing in things])


def _blanked(text: str, spans: Sequence[Span]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _tidy(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def without_limited(found: list[wants.Found], asked: Limits) -> list[wants.Found]:
    """Wishes that a limit does not already promise."""
    promised: set[str] = set()
    if asked.instrumental is not None:
        promised |= {"instrumentalness", "speechiness"}
    if asked.explicit is not None:
        promised |= {"instrumentalness", "speechiness"}
    if asked.live is not None:
        promised.add("liveness")
    for word in (*asked.exclude_genres, *asked.genres):
        promised |= {f"genre:{name}" for name in genres_of(word)} | {f"genre:{GENRE_WORDS.get(word, word)}"}
        if word in {"acoustic", "electronic", "dance", "cinematic"}:
            promised.add("acousticness")
    if asked.tempo_min is not None or asked.tempo_max is not None:
        found = [wish for wish in found if wish.feature != "tempo" or wish.direction == 0]
    return [wish for wish in found if wish.feature not in promised]
