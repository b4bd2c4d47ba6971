"""From the words people and tables use for styles to the project's genres."""

from __future__ import annotations

import re
from functools import cache

from recommender.perception.vocabulary import GENRES

# Words of tables that are no synonyms in speech ("electro" is asked for as electronic) but name the same shelf.
SHELVES = {
    "edm": "electronic",
    "electro house": "house",
    "progressive electro house": "house",
    "afro house": "house",
    "amapiano": "house",
    "gqom": "house",
    "future bass": "electronic",
    "vaporwave": "electronic",
    "idm": "electronic",
    "breakbeat": "electronic",
    "j-pop": "pop",
    "j pop": "pop",
    "cantopop": "pop",
    "mandopop": "pop",
    "poptimism": "pop",
    "bubblegum": "pop",
    "permanent wave": "rock",
    "post-rock": "rock",
    "psych-rock": "rock",
    "rockabilly": "rock",
    "grindcore": "metal",
    "industrial": "metal",
    "grime": "hiphop",
    "forró": "latin",
    "brazilian": "latin",
    "brazil": "latin",
    "mpb": "latin",
    "pagode": "latin",
    "sertanejo": "latin",
    "tango": "latin",
    "soca": "latin",
    "bollywood": "world",
    "bhangra": "world",
    "desi": "world",
    "turkish": "world",
    "klezmer": "world",
    "afrobeats": "world",
    "iranian": "world",
    "wellness": "ambient",
    "meditative": "ambient",
    "sleep": "ambient",
    "piano": "classical",
    "neo-classical": "classical",
    "choral": "classical",
    "disney": "soundtrack",
    "show tunes": "soundtrack",
    "show-tunes": "soundtrack",
    "pop-film": "soundtrack",
    "soundtracks": "soundtrack",
}


@cache
def _words() -> dict[str, str]:
    known = dict(SHELVES)
    for name, genre in GENRES.items():
        for word in (name, *genre.synonyms):
            known.setdefault(word, name)
    return known


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = sorted(_words(), key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(word) for word in longest_first) + r")(?!\w)")


@cache
def genres_of(raw: str) -> dict[str, float]:
    """The project's genres named in ``raw`` ("rap, southern hip hop"), each with 0..1.

    A genre that is the whole of one comma-separated name scores 1, one that is part of a longer name 0.7; a string
    without a known word gives nothing.
    """
    found: dict[str, float] = {}
    for part in re.split(r"[,;/|]", raw.casefold()):
        name = part.strip().replace("_", " ")
        if whole := _words().get(name) or _words().get(name.replace("-", " ")):
            found[whole] = 1.0
            continue
        for match in _pattern().finditer(name):
            found.setdefault(_words()[match.group()], 0.7)
    return found
