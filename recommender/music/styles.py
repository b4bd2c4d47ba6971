"""Styles of music, and how well two of them stand together in one list."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from django.utils.translation import pgettext
from numpy.typing import NDArray

from recommender.music import tables

NEAREST, STEP = 0.72, 0.04
"""How well a style's first-named neighbour stands beside it (a style beside itself: 1), and how much less each next."""
PARENT = 0.55
TWO_STEPS = 0.6
"""A neighbour's neighbour counts this share of the product of both steps."""
SAME_FAMILY = 0.15
SEASONAL_STYLE, SEASONAL_THEME = "christmas music", "christmas"
"""What nobody wants to hear but in its season."""
PLACES = (1.0, 0.8, 0.65)
"""What a track's first, second and third style count for."""


@dataclass(frozen=True, kw_only=True)
class Style:
    """``valence``, ``arousal`` and ``acousticness`` 0..1: typical; ``tempo``: usual range in beats a minute; ``near``:
    styles that go with it in one list, nearest first; ``prompt``: one sentence that says how it sounds."""

    name: str
    family: str
    parents: tuple[str, ...]
    valence: float
    arousal: float
    tempo: tuple[float, float]
    eras: tuple[str, ...]
    instruments: tuple[str, ...]
    moods: tuple[str, ...]
    near: tuple[str, ...]
    regions: tuple[str, ...]
    acousticness: float
    prompt: str


@cache
def styles() -> Mapping[str, Style]:
    """By name, in the order of the file."""
    return {
        row["name"]: Style(
            name=row["name"],
            family=row["family"],
            parents=tables.names(row["parents"]),
            valence=float(row["valence"]),
            arousal=float(row["arousal"]),
            tempo=(float(row["tempo_min"]), float(row["tempo_max"])),
            eras=tables.names(row["eras"]),
            instruments=tables.names(row["instruments"]),
            moods=tables.names(row["moods"]),
            near=tables.names(row["near"]),
            regions=tables.names(row["regions"]),
            acousticness=float(row["acousticness"]),
            prompt=row["prompt"],
        )
        for row in tables.rows(tables.STYLES)
    }


@cache
def places() -> Mapping[str, int]:
    """A style's row in ``together``."""
    return {name: place for place, name in enumerate(styles())}


@cache
def together() -> NDArray[np.float64]:
    """(styles, styles) 0..1, symmetric: how well two styles stand in one list."""
    known, place = styles(), places()
    direct = np.zeros((len(known), len(known)))
    for style in known.values():
        row = place[style.name]
        for rank, other in enumerate(style.near):
            direct[row, place[other]] = max(direct[row, place[other]], NEAREST - STEP * rank)
        for parent in style.parents:
            if parent in place:
                direct[row, place[parent]] = max(direct[row, place[parent]], PARENT)
    direct = np.maximum(direct, direct.T)
    two = np.zeros_like(direct)
    for middle in range(len(known)):
        np.maximum(two, direct[:, middle, None] * direct[middle, None, :], out=two)
    families = np.array([style.family for style in known.values()])
    whole = np.maximum(direct, TWO_STEPS * two)
    whole = np.maximum(whole, SAME_FAMILY * (families[:, None] == families[None]))
    np.fill_diagonal(whole, 1.0)
    return np.asarray(whole)


def affinity(wanted: Mapping[str, float]) -> NDArray[np.float64]:
    """(styles,) 0..1: how well each style serves what is wanted, by the best of the wanted ones."""
    place, matrix = places(), together()
    best = np.zeros(len(place))
    for name, weight in wanted.items():
        if name in place:
            np.maximum(best, weight * matrix[place[name]], out=best)
    return best


def vector(names: Sequence[str]) -> NDArray[np.float64]:
    """(styles,) a track's styles by ``PLACES``; zero where none is known."""
    place = places()
    row = np.zeros(len(place))
    for name, weight in zip((name for name in names if name in place), PLACES, strict=False):
        row[place[name]] = max(row[place[name]], weight)
    return row


SAID: Mapping[str, tuple[str, ...]] = {
    "hiphop": ("hip-hop",),
    "hip hop": ("hip-hop",),
    "rap": ("hip-hop",),
    "r&b": ("contemporary r&b", "90s r&b"),
    "rnb": ("contemporary r&b", "90s r&b"),
    "r and b": ("contemporary r&b", "90s r&b"),
    "lofi": ("lo-fi hip-hop", "lo-fi indie"),
    "lo-fi": ("lo-fi hip-hop", "lo-fi indie"),
    "lo fi": ("lo-fi hip-hop", "lo-fi indie"),
    "indie": ("indie pop", "indie rock", "indie folk", "lo-fi indie", "dream pop", "shoegaze"),
    "alternative": ("alternative rock", "indie rock", "grunge", "britpop"),
    "soundtrack": ("screen",),
    "soundtracks": ("screen",),
    "film music": ("screen",),
    "edm": ("edm", "tropical house", "big beat", "hardstyle"),
    "classic music": ("classical",),
    "chillout": ("downtempo", "chillwave", "balearic"),
    "reggae": ("reggae", "rocksteady", "dub"),
    "latin": ("latin",),
    "kpop": ("k-pop",),
    "jpop": ("j-pop",),
    "dnb": ("drum and bass",),
    "drum n bass": ("drum and bass",),
    "country and western": ("classic country",),
    "afro": ("african",),
    "world": ("african", "asian", "caribbean", "european", "latin", "middle eastern"),
}
"""What people say where the editor has another word, or several."""


@cache
def meant_by(name: str) -> frozenset[str]:
    """The styles that a style asked for as a limit means: of a family all, of a style itself and its closest kin; empty
    where the editor knows none by that name."""
    found: set[str] = set()
    for one in SAID.get(name, (name, name.replace(" ", "-"), name.replace("-", " "))):
        if one in styles():
            own = styles()[one]
            found |= {one} | {kin.name for kin in styles().values() if one in kin.parents and kin.family == own.family}
        else:
            found |= {style.name for style in styles().values() if style.family == one}
    return frozenset(found)


@cache
def _said() -> re.Pattern[str]:
    names = {*styles(), *SAID, *(style.family for style in styles().values())}
    names |= {name.replace("-", " ") for name in names}
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, sorted(names, key=len, reverse=True)))})(?!\w)")


def said_in(text: str) -> tuple[str, ...]:
    """The styles named in English words, as said; each is something for ``meant_by``."""
    return tuple(dict.fromkeys(_said().findall(text.lower())))


SPOKEN: Mapping[str, str] = {
    "mpb": "Brazilian song",
    "idm": "electronica",
    "edm": "festival electronica",
    "medieval and renaissance": "early music",
    "classical period": "Viennese classicism",
    "work songs and spirituals": "spiritual",
    "calypso and soca": "calypso",
    "merengue and bachata": "bachata",
    "mariachi and ranchera": "ranchera",
    "corrido and norteno": "corrido",
    "polka and volksmusik": "folk dance",
    "zydeco and cajun": "zydeco",
    "waltz and ballet": "ballet music",
    "marches and anthems": "march",
    "new age": "new-age music",
    "nueva cancion": "nueva canción",
    "forro": "forró",
    "rai": "raï",
    "90s r&b": "90s R&B",
    "contemporary r&b": "contemporary R&B",
    "k-pop": "K-pop",
    "k-ballad": "K-ballad",
    "j-pop": "J-pop",
    "j-rock": "J-rock",
    "southeast asian pop": "Southeast Asian pop",
    "southeast asian vintage rock": "vintage Southeast Asian rock",
}
"""Names of styles that nobody would say inside a sentence."""


PROPER = re.compile(
    r"\b(african|andean|anatolian|arabic|balkan|berlin|bollywood|brazilian|british|caribbean|chinese|christmas|cuban"
    r"|eastern|european|french|german|greek|hawaiian|indian|italian|latin|motown|nordic|persian|russian|spanish|turkish)\b"
)
"""Words of style names that are written with a capital letter."""


@cache
def spoken(name: str) -> str:
    """A style's name inside an English sentence."""
    return SPOKEN.get(name) or PROPER.sub(lambda word: word[0].capitalize(), name)


def called(name: str) -> str:
    """The same in the language that is active."""
    return pgettext("style", spoken(name))
