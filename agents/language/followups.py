"""What a sentence means after the one before it: "even more", "no, that's too much", "drop it", "without them", "the
rest" after "keep the first two"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from core.schemas import Edit, Intent, Limits, WordsReading

_LEAD = r"(?:(?:no|yes|yeah|ok|okay|hm+|well|and|but|now|please|then|nice|good|great|better)[,.! ]+)*"
_TAIL = r"(?:[,.! ]+(?:please|now|thanks))*[.! ]*$"
MORE = re.compile(
    rf"^{_LEAD}(?:(?:even|still|much|a lot|a bit|a little|a touch|yet|way|just) )+(?:more|further|stronger)"
    rf"(?: (?:of (?:that|the same)|so|still|again))?{_TAIL}|"
    rf"^{_LEAD}(?:more (?:of (?:that|the same)|still|so)|further|even further){_TAIL}|"
    rf"^{_LEAD}(?:still )?(?:a (?:bit|little|touch)|not enough)(?: more)?{_TAIL}"
)
LESS = re.compile(
    rf"^{_LEAD}(?:(?:it'?s|it is|that'?s|that is|that was|this is|now it'?s|now|so it'?s|so) )*(?:(?:a bit|a little|"
    rf"way|much|far) )*(?:too much|too far|over ?done)(?: now)?{_TAIL}|"
    rf"^{_LEAD}(?:but )?(?:not (?:that|so|quite so|as|quite that) (?:much|far)|(?:a bit |a little |slightly )?less"
    rf"(?: (?:than that|so|again))?){_TAIL}"
)
FOLLOWED = 4
"""So many sentences back it is looked what was said."""
SHARE = {"more": 1.0, "less": -0.6}
"""How far "more" goes on, and "too much" goes back, against the wish before."""
POINTS_BACK = re.compile(r"\b(?:it|that|this|that one|this one|them|those|these|him|her)\b")
WITHOUT = re.compile(r"\b(?:without|no more(?: of)?|not|no) (?:them|him|her|that (?:band|artist|singer))\b")
ABOUT_TRACKS: frozenset[Intent] = frozenset({"keep", "remove", "replace", "reorder", "more_like"})


OLDER = re.compile(
    rf"^{_LEAD}(?:(?:even|still|a bit|a little|much|more) )*(?P<way>older|old|newer|new|more recent)"
    rf"(?: (?:ones|songs|music|stuff))?{_TAIL}"
)


def may_follow(words: WordsReading) -> bool:
    """Whether a sentence may mean something else after another one: only then what was said before is read again."""
    said = _plain(words)
    return bool(
        MORE.match(said)
        or LESS.match(said)
        or OLDER.match(said)
        or WITHOUT.search(said)
        or _points_back(words, said)
        or any(map(_is_rest, words.edits))
    )


def _points_back(words: WordsReading, said: str) -> bool:
    """ "Drop it": a change of tracks that says of which only by a pronoun."""
    return words.intent in ABOUT_TRACKS and not words.entities and bool(POINTS_BACK.search(said))


def _plain(words: WordsReading) -> str:
    return (words.english or words.text).lower().strip()


def after(words: WordsReading, before: WordsReading | None) -> WordsReading:
    """The reading of a sentence that follows ``before``, completed by what that one said."""
    if before is None:
        return words
    said = _plain(words)
    plain = not (words.limits.asked() or words.entities or words.edits or words.released)
    if plain and before.wants and (way := "more" if MORE.match(said) else "less" if LESS.match(said) else ""):
        return _again(words, before, SHARE[way])
    if (era := OLDER.match(said)) and (before.limits.year_min or before.limits.year_max):
        return _another_time(words, before.limits, older=era["way"].startswith("old"))
    if WITHOUT.search(said) and before.limits.include_artists and not words.limits.exclude_artists:
        limits = replace(words.limits, exclude_artists=before.limits.include_artists)
        return replace(words, intent="limit", limits=limits, edits=(), valence=None, arousal=None)
    if plain and before.entities and _points_back(words, said):
        return replace(words, entities=before.entities)
    return _but_for_kept(words, before)


def _again(words: WordsReading, before: WordsReading, share: float) -> WordsReading:
    """The same wish once more, or part of it taken back."""
    way = 1 if share > 0 else -1
    wants = tuple(
        replace(want, direction=way * want.direction, amount=round(abs(share) * want.amount, 3))
        for want in before.wants
        if want.direction
    )
    return replace(words, intent="refine", wants=wants, valence=None, arousal=None, concepts=(), longer=None)


def _another_time(words: WordsReading, limits: Limits, *, older: bool) -> WordsReading:
    """The years before, or after, those that were asked for."""
    first, last = limits.year_min or limits.year_max or 0, limits.year_max or limits.year_min or 0
    years = Limits(year_max=first - 1) if older else Limits(year_min=last + 1)
    return replace(words, intent="limit", wants=(), limits=years, valence=None, arousal=None)


TALK: frozenset[Intent] = frozenset(
    {"undo", "redo", "thanks", "complaint", "smalltalk", "unclear", "out_of_scope", "save"}
)
"""After these, a sentence follows what was said before them."""


def all_before(said: Sequence[WordsReading]) -> WordsReading | None:
    """What a sentence follows: the last before it that asked for something, completed by what that one followed."""
    before: WordsReading | None = None
    for words in said:
        if words.intent not in TALK:
            before = after(words, before)
    return before


def _but_for_kept(words: WordsReading, before: WordsReading) -> WordsReading:
    """ "Replace everything else", said after "keep 1 and 2"."""
    kept = [edit for edit in before.edits if edit.verb == "keep"]
    others = any(edit.verb in ("replace", "remove") and edit.what for edit in words.edits)
    says_kept = any(edit.verb == "keep" for edit in words.edits)
    if not kept or says_kept or not others or not any(_is_rest(edit) for edit in words.edits):
        return words
    return replace(words, edits=(*kept, *words.edits))


def _is_rest(edit: Edit) -> bool:
    return bool(re.search(r"\b(?:rest|else|others?|remaining|remainder)\b", edit.what))
