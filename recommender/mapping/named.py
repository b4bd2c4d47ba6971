"""What words name: artists and titles to look for, and which of them are a limit."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from core.schemas import Label, Limits, WordsReading
from recommender.perception.vocabulary import ACTIVITIES, MOODS, SCENES

FADE, LEAST = 0.5, 0.1
"""What was named counts half as much with every later sentence, until it is forgotten."""
PERHAPS = 0.5
"""How much the single words of a sentence count that names nothing for sure."""
ALIKE = 0.8
"""How much a name counts of which only something like it is asked for."""
SEARCHED = frozenset({"describe", "refine", "more_like", "unclear", "limit"})
"""Intents whose sentences may hold an unknown name."""

LEADING = re.compile(
    r"\b(i (\w+ )?(love|like|adore|enjoy)|fan of|add(ing)?|includ(e|ing)|(throw|mix|toss|put|sprinkle) in|too|also|"
    r"as well|(how|what) about|more|some|any|maybe|have|got|other)\b",
    re.IGNORECASE,
)
ONLY = re.compile(
    r"\b(only|nothing but|no ?(body|one) (but|else)|exclusively|solely|just (by|from|songs|tracks|music|the))\b",
    re.IGNORECASE,
)
ALIKE_TO = re.compile(
    r"\b(similar to|(style|vein|spirit|mood|vibe) of|reminiscent of|reminds? \w+ of|(songs?|music|artists?|bands?|"
    r"singers?|tracks?|something|anything|stuff|sounds?|more|people) like) ((the|artists?|bands?|singers?) )*$",
    re.IGNORECASE,
)
SHORTENED = re.compile(r"['’][a-z]{1,2}\b")
"""What hangs on a word: "I'd", "it's", "Usher's"."""
_TALK = """a about actually add after again album albums all also always am an and another any anything are around art
    artist artists as at awesome back band bands be beautiful because been before best better bit but by can cool could
    couple create did different do does don done dont down each else enough even every few find first for from fun
    genre genres get getting give go going good got great had happy has have hello help hey hi him his hits how i if im
    in include is it its just keep kind know last later lets like liked list listen listening little ll looking lot love
    loved made make many may maybe me mean mix month mood more most much music my name need new next nice no nope not
    now of off oh ok okay old on one ones only or other our out over perfect perhaps play playing playlist please put
    really right s same say see she should show similar singer singers so some someone something song songs sorry sound
    sounds start still stuff such suggest sure t take than thank thanks that thats the their them then there these they
    thing things think this those though time to today together too top track tracks try tune tunes type until up use
    usually vibe vibes want wanted was way we well were what when where which while who will with work would yeah year
    years yes yet you your"""
TALK = frozenset(_TALK.split())
"""Words that people ask with."""


def named(before: Sequence[Label], said: WordsReading) -> tuple[Label, ...]:
    """What the words name now, and what was named before; without what they refuse.

    A sentence that names nothing for sure may still hold a name nobody taught: its single words are looked for too, as
    ``word``, at a lower score; where it wishes for something, only those written like names.
    """
    source = f"“{said.text}”"
    new = [
        Label(name=entity.text, score=_asked(entity.text, said.text), kind=entity.type, source=source)
        for entity in said.entities
        if entity.type in ("artist", "track")
    ]
    if not new and said.intent in SEARCHED:
        words = telling(said.text)
        if said.wants:
            capitals = _capitalised(said.text)
            words = [word for word in words if word in capitals]
        new = [Label(name=word, score=PERHAPS, kind="word", source=source) for word in words]
    refused = {name.lower() for name in said.limits.exclude_artists}
    faded = (replace(label, score=label.score * FADE) for label in before)
    found = {label.name.lower(): label for label in (*faded, *new)}
    return tuple(label for name, label in found.items() if name not in refused and label.score >= LEAST)


def _asked(name: str, text: str) -> float:
    """1 for a name that is asked for, less where only something like it is."""
    before = text[: max(text.lower().find(name.lower()), 0)]
    return ALIKE if ALIKE_TO.search(before) else 1.0


def telling(text: str) -> list[str]:
    """The words of a request that may be part of a name: not those people ask with, nor scenery, nor numbers."""
    words = re.findall(r"[^\W_]+", SHORTENED.sub("", text.lower()))
    return [word for word in dict.fromkeys(words) if word not in TALK | scenery() and not re.fullmatch(r"\d+s?", word)]


@cache
def scenery() -> frozenset[str]:
    """Words for moods, scenes and activities: they say what the music is for, not what it is called."""
    terms = [*MOODS.values(), *SCENES.values(), *ACTIVITIES.values()]
    phrases = " ".join(phrase for term in terms for phrase in (term.name, *term.synonyms))
    return frozenset(re.findall(r"[^\W_]+", phrases.lower()))


def _capitalised(text: str) -> set[str]:
    """Words that begin with a capital within a sentence, in lower case."""
    return {word.lower() for word in re.findall(r"(?<=[\w,] )[A-Z][^\W_]+", text)}


def limited(before: Limits, said: WordsReading) -> Limits:
    """The limits with the words' own. "Add some Chuck Berry" and "I love Chuck Berry" ask for him among others, and so
    are no limit: such a name only leads the search. A list already held to certain artists is opened for one more."""
    before = before.without(said.released)
    text = said.english or said.text
    if not LEADING.search(text) or ONLY.search(text):
        return before.merged(said.limits)
    wanted = [thing.text for thing in said.entities if thing.type == "artist"]
    asked = tuple(one for one in wanted if one not in said.limits.exclude_artists) if before.include_artists else ()
    return before.merged(replace(said.limits, include_artists=asked))
