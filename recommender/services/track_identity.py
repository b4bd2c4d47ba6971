"""When two names mean the same recording, another version of the same song, or something else. Pure: nothing is asked.

A title is taken apart into the song's own words, its version (live, remix by whom, remaster of when ...) and what only
a service adds ("Official Video", guests). Songs are the same when words and numbers agree, people overlap, versions
agree and the lengths do; an ISRC that both carry decides unless the names contradict it. Similarities are rapidfuzz
ratios, 0..1; the thresholds were chosen on the tuning half of ``lab/benchmarks/identity.py``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz import fuzz

from core.text import plain
from recommender.services.protocol import FoundTrack

LIKE_TITLE, LIKE_ARTIST = 0.88, 0.85
LONG_NAME, SLIP = 6, 92.0
"""Letters from which a name may be misspelt, and how much of it must be right all the same (rapidfuzz's ratio)."""
SAME_LENGTH, SAME_VIDEO = 6.0, 25.0
"""Seconds that two releases of one recording may differ; a video often has scenes before and after the song."""
PARTS_OF_LENGTH = 0.03

VERSIONS = {
    "live": r"live|en vivo|ao vivo|en directo|dal vivo|unplugged|en concierto|in concert",
    "cover": r"cover(?:ed)?(?: version| by)?|tribute|in the style of|made famous by|originally performed",
    "karaoke": r"karaoke|sing[- ]?along|backing track",
    "instrumental": r"instrumental",
    "acappella": r"a ?cappella|acapella",
    "acoustic": r"acoustic|acustic[oa]|stripped|piano version",
    "demo": r"demo|early take|alternate take|outtake|rough mix",
    "speed": r"sped[- ]?up|slowed|nightcore|daycore|reverb(?:ed)?|8d",
    "edit": r"(?:radio|single|short|video|club|clean|us|uk|album)[ -]edit|radio (?:mix|version)|edit",
    "extended": r"extended|club mix|12(?:''|\"|\u2033| ?inch)(?: mix| version)?|full length",
    "remix": r"remix|rmx|rework|bootleg|mash-?up|vip|flip|dub(?: mix)?|\w+ (?:re)?mix|(?:re)?mix",
    "remaster": r"(?:digital(?:ly)? )?re-?masteri?(?:ed|zado|zada|ado)?|re-?master(?:ed)?|remastering",
    "rerecorded": r"re-?recorded|re-?recording|taylor.?s version|new version|\d{4} (?:version|recording)",
    "orchestral": r"orchestral|symphonic|string quartet",
    "reprise": r"reprise|interlude|intro|outro|skit|prelude",
    "session": r"(?:spotify|peel|bbc|radio|itunes|studio) sessions?|session",
}
_VERSION = {kind: re.compile(rf"(?<!\w)(?:{words})(?!\w)") for kind, words in VERSIONS.items()}
CLOSE = frozenset({"remaster"})
"""Versions that may stand for one another where nothing better is there: the same take, worked on."""
GENERIC = frozenset(
    re.findall(
        r"\w+",
        "the a an of by for at in from on with and feat mix remix rmx version edit edition original official radio "
        "single extended club live digital digitally remaster remastered remasterizado dub rework bootleg vip",
    )
)
_NOISE = re.compile(
    r"(?<!\w)(?:official|lyrics?|lyric video|audio|video(?:clip)?|visuali[sz]er|music video|m/?v|hd|hq|4k|explicit|"
    r"clean|album version|single version|single|original(?: mix| version)?|main version|lp version|mono|stereo|"
    r"bonus(?: track)?|deluxe(?: edition)?|expanded(?: edition)?|anniversary edition|full song|new song|theme song|"
    r"soundtrack|ost|from .*|taken from .*|premiere|free download|out now|prod(?:uced)?\.? .*|with lyrics|"
    r"\d{4})(?!\w)"
)
_VIDEO = re.compile(r"(?<!\w)(?:official|music|lyric|hd|4k)\b.*\b(?:video|clip)|(?<!\w)m/?v(?!\w)|videoclip")
_FEAT = r"(?:feat\.?|ft\.?|featuring|with|con)"
_GUESTS = re.compile(rf"^{_FEAT}\s")
_GUESTS_IN_LINE = re.compile(r"\s(?:feat\.?|ft\.?|featuring)\s(?P<who>[^()\[\]]+)")
_BRACKETS = re.compile(r"[(\[\u3010{]([^()\[\]{}\u3010\u3011]*)[)\]\u3011}]")
_TAIL = re.compile(r"\s+[-\u2013\u2014|~]\s+|\s+//\s+")
_PEOPLE = re.compile(
    r"\s*(?:,|;|/|&|\+|\u3001|\u00d7|\bfeat\.?\s|\bft\.?\s|\bfeaturing\s|\s(?:x|vs\.?|and|with|y|et|und)\s)\s*"
)
_CHANNEL = re.compile(r"\s+-\s+topic$|\s*vevo$|\s+official(?: channel)?$")
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
_AFTER_PART = _ROMAN | {"i": "1", "v": "5", "x": "10", "one": "1", "two": "2", "three": "3", "four": "4"}
_PART = {"pt", "part", "parte", "pts", "vol", "volume", "chapter", "act", "no", "nr"}
_SPELLED = str.maketrans({"$": "s", "!": "i", "@": "a", "\u20ac": "e"})


class Kind(StrEnum):
    SAME = "same"
    VERSION = "same_song_other_version"
    DIFFERENT = "different"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """``confidence`` 0..1 that the verdict holds; ``differs``: in which kinds of version, or ``length``."""

    kind: Kind
    confidence: float
    differs: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Named:
    """A title and artist taken apart. ``core``: the song's words, ``short``: without what stands in brackets;
    ``numbers``: parts and sequels; ``versions``: kind -> the words that tell two of a kind apart."""

    core: str
    short: str
    numbers: tuple[str, ...]
    versions: tuple[tuple[str, frozenset[str]], ...]
    people: frozenset[str]
    guests: frozenset[str]
    video: bool


def words(text: str) -> str:
    """Only letters and digits of every script, in words; "&" is "and", apostrophes vanish."""
    joined = plain(text).replace("&", " and ").replace("'", "").replace("\u2018", "").replace("`", "")
    return " ".join(re.findall(r"[^\W_]+", joined))


@lru_cache(maxsize=50_000)
def read(title: str, artist: str) -> Named:
    """Take a title and an artist apart."""
    whole = plain(title)
    kept, segments = _taken_apart(whole)
    versions: dict[str, frozenset[str]] = {}
    guests: set[str] = set()
    more: list[str] = []
    for segment in segments:
        if _GUESTS.match(segment):
            guests |= people(re.sub(rf"^{_FEAT}\s+", "", segment))
        elif kinds := [kind for kind, pattern in _VERSION.items() if pattern.search(segment)]:
            detail = frozenset(words(segment).split()) - GENERIC
            for kind in kinds:
                versions[kind] = versions.get(kind, frozenset()) | detail
        elif not _NOISE.sub("", segment).strip(" -.,"):
            continue
        else:
            more.append(segment)
    if found := _GUESTS_IN_LINE.search(kept):
        guests |= people(found["who"])
        kept = kept[: found.start()]
    singers = people(artist)
    if any(_VERSION[kind].search(plain(artist)) for kind in ("karaoke", "cover")):
        versions.setdefault("cover", frozenset())
    short = _parts_alike(words(kept) or words(whole))
    core = _parts_alike(words(" ".join([kept, *more]))) or short
    return Named(
        core=core,
        short=short,
        numbers=_numbers(core),
        versions=tuple(sorted(versions.items())),
        people=singers,
        guests=frozenset(guests),
        video=bool(_VIDEO.search(whole)),
    )


def _taken_apart(whole: str) -> tuple[str, list[str]]:
    """What stands outside of brackets and before a dash, and the parts that do not."""
    segments = _BRACKETS.findall(whole)
    outside = " ".join(_BRACKETS.sub(" ", whole).split())
    head, *tails = _TAIL.split(outside) if outside else [""]
    if not head.strip():
        return whole, []
    return head.strip(), [part.strip() for part in [*segments, *tails] if part.strip()]


def people(artist: str) -> frozenset[str]:
    """The people of a credit, each without accents, spaces and signs ("P!nk" is "pink"); one whose name is nothing but
    signs that stand between people goes by these."""
    credit = _CHANNEL.sub("", plain(artist)).strip()
    found = frozenset(_person(one) for one in _PEOPLE.split(credit)) - {""}
    return found or frozenset({credit}) - {""}


def same_artist(asked: str, credited: str) -> bool:
    """Whether a credit names those who were asked for, alone or with others; a slip in a long name is none."""
    wanted, there = people(asked), people(credited)
    if wanted & there:
        return wanted <= there
    near = max((fuzz.ratio(one, other) for one in wanted for other in there if len(one) >= LONG_NAME), default=0.0)
    return len(wanted) == 1 and near >= SLIP


def names_in(artist: str) -> frozenset[str]:
    """The ways in which a catalogue may spell a credit, in small letters: whole, each person alone, without what a
    channel adds, with accents and without."""
    whole = [_CHANNEL.sub("", one).strip() for one in (artist.lower(), plain(artist))]
    each = [one.strip() for credit in whole for one in (credit, *_PEOPLE.split(credit)) if one]
    return frozenset(one for one in each if one)


def _person(name: str) -> str:
    spelled = re.sub(r"(?<=\w)[$!@\u20ac](?=\w)|^[$]|[$](?=\s|$)", lambda sign: sign[0].translate(_SPELLED), name)
    return words(spelled).removeprefix("the ").replace(" ", "") or name.strip()


def _parts_alike(title: str) -> str:
    """ "pt ii", "part two" and "part 2" are one: numbers after such a word, and Roman ones, become digits."""
    told, before = [], ""
    for word in title.split():
        number = _AFTER_PART.get(word) if before in _PART else _ROMAN.get(word)
        told.append(number or ("part" if word in ("pt", "pts") else word))
        before = word
    return " ".join(told)


def _numbers(core: str) -> tuple[str, ...]:
    """The numbers of a title, sorted."""
    return tuple(sorted(word.lstrip("0") or "0" for word in core.split() if word.isdigit()))


def compare(one: FoundTrack, other: FoundTrack) -> Verdict:
    """Whether two tracks are the same recording. Symmetric."""
    a, b = read(one.title, one.artist), read(other.title, other.artist)
    title, singers = _like_title(a, b), _like_people(a, b)
    if one.isrc and one.isrc == other.isrc and (title >= 0.6 or singers >= LIKE_ARTIST):
        return Verdict(kind=Kind.SAME, confidence=0.99)
    if a.numbers != b.numbers or title < LIKE_TITLE:
        return Verdict(kind=Kind.DIFFERENT, confidence=round(1 - title / 2, 3))
    differs = _versions_apart(a, b)
    if singers < LIKE_ARTIST:
        if differs & {"cover", "karaoke"}:
            return Verdict(kind=Kind.VERSION, confidence=0.7, differs=differs)
        return Verdict(kind=Kind.DIFFERENT, confidence=round(1 - singers / 2, 3))
    known = one.duration > 0 and other.duration > 0
    apart = abs(one.duration - other.duration) if known else 0.0
    most = SAME_VIDEO if a.video or b.video else SAME_LENGTH
    if apart > max(most, PARTS_OF_LENGTH * min(one.duration, other.duration)):
        differs |= {"length"}
    sure = title * singers * (1.0 if known else 0.85) * (1.0 - 0.15 * min(apart / most, 1.0))
    if differs:
        return Verdict(kind=Kind.VERSION, confidence=round(title * singers, 3), differs=differs)
    return Verdict(kind=Kind.SAME, confidence=round(sure, 3))


def _like_title(a: Named, b: Named) -> float:
    if a.core == b.core:
        return 1.0
    if a.core.replace(" ", "") == b.core.replace(" ", ""):
        return 0.99
    pairs = {(a.core, b.core), (a.short, b.core), (a.core, b.short)}
    best = max(fuzz.ratio(*sorted(pair)) for pair in pairs) / 100
    return best if min(len(a.core), len(b.core)) > 4 else best * 0.9  # one letter makes another word of a short one


def _like_people(a: Named, b: Named) -> float:
    """How surely the credits share somebody. A guest of one may be an artist of the other."""
    if not a.people or not b.people:
        return 0.9 if a.core == b.core and len(a.core) > 8 else 0.8
    if a.people & b.people:
        return 1.0
    mixed = (a.people & b.guests) | (b.people & a.guests)
    nearest = max(fuzz.ratio(*sorted((x, y))) for x in a.people for y in b.people) / 100
    together = fuzz.ratio(*sorted(("".join(sorted(a.people)), "".join(sorted(b.people))))) / 100
    return max(nearest, together, 0.9 if mixed else 0.0)


def _versions_apart(a: Named, b: Named) -> frozenset[str]:
    mine, theirs = dict(a.versions), dict(b.versions)
    apart = set(mine.keys() ^ theirs.keys())
    for kind in mine.keys() & theirs.keys():
        x, y = mine[kind], theirs[kind]
        named = f"{' '.join(sorted(x))}", f"{' '.join(sorted(y))}"
        one_named = kind == "remix" and bool(x) != bool(y)
        if one_named or (x and y and fuzz.token_set_ratio(*named) < 80):
            apart.add(kind)
    return frozenset(apart)


def match(found: FoundTrack, candidates: Sequence[FoundTrack]) -> tuple[int, Verdict] | None:
    """Which candidate is the same recording, else a close version of it (a remaster); None when none is."""
    best: tuple[tuple[bool, float, float], int, Verdict] | None = None
    for place, candidate in enumerate(candidates):
        verdict = compare(found, candidate)
        same = verdict.kind is Kind.SAME
        if not same and not (verdict.kind is Kind.VERSION and verdict.differs <= CLOSE):
            continue
        order = (same, verdict.confidence, -abs(found.duration - candidate.duration))
        if best is None or order > best[0]:
            best = (order, place, verdict)
    return best[1:] if best else None
