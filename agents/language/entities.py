"""Who and what a sentence names: ordinals ("the second one", "track 3", "that artist"), artists and titles."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from agents.language.concepts import names_an_occasion
from agents.language.lexicon import sound_words
from agents.language.numbers import NUMBER, ORDINAL
from agents.language.shapes import BPM, GENRE_WORDS, LANGUAGES, MINUTES, SONGS
from core.schemas import Entity
from recommender.music.styles import said_in
from recommender.perception.text.entity_tagger import Span, Token

NUMBERED = (
    rf"(?:(?:song|track|number|no\.?|item|tune)s? ?#?|#)(?:{NUMBER})"
    rf"(?:(?:,| and| to| through|-)+ ?(?:(?:song|track|number|#) ?)?(?:{NUMBER})\b)*"
)
PLACED = (
    rf"(?:(?:very )?(?:first|last|top|bottom|final|next|previous) (?:{NUMBER}|few|couple|half)(?: {SONGS}| ones)?"
    f"|(?:{ORDINAL}|last|final|opening|closing|penultimate)(?: (?:and|&|or|"
    f"to)(?: the)? (?:{ORDINAL}|last|final))?(?: (?:one|ones|two|{SONGS}|pick|choice|artist|band|"
    "entry|in the list))"
    f"|(?:{ORDINAL})(?= (?:and|or|to|stays?|is|isn'?t|has|for|with|by|instead|away|out|$)|"
    f"$)(?:(?: and| or| to)(?: the)? (?:{ORDINAL}|last))?"
    r"|(?<=the )last(?=$| (?:and|or|with|for))|opener|closer)"
)
POINTED = (
    "(?:that|this|these|those) (?:one|ones|artist|band|singer|song|songs|track|tracks|tune|album|"
    "rapper|musician|guy|group)"
)
ORDINALS = re.compile(
    rf"(?<![\w-])(?:{NUMBERED}|{PLACED}|{POINTED})(?!\w)(?! (?:{MINUTES}|hours?|years?|decades?|"
    rf"time|dance|kiss|day|date|love|{BPM})\b)"
)
_COMMON = (
    "music song songs playlist list track tracks artist artists band bands something anything vocals lyrics vibe "
    "vibes mood love rap rock pop jazz christmas gym party dinner instrumental minute minutes bpm please thanks "
    "thank you more less this that it some like similar hello hi youtube spotify soundcloud photo picture "
    "has have had go goes going gone "
    "the a an up down raise lower turn make keep add remove replace save play my me i we and or but no not in on to of "
    "for with from by way too very bit little really most ones one first last second third next other another all "
    "january february march april june july august september october november december monday tuesday wednesday "
    "thursday friday saturday sunday summer winter autumn spring morning evening night today tonight"
)
NOT_NAMES = frozenset(_COMMON.split()) | set(LANGUAGES)


@dataclass(frozen=True)
class Named:
    """An entity and where it stands in the text."""

    entity: Entity
    start: int
    end: int


BARE_NUMBERS = re.compile(
    r"(?<![\w-])(?:[1-9]|[1-4]\d)(?: ?,| and| or| &| vs\.?) ?(?:[1-9]|[1-4]\d)(?![\w%])(?! ?(?:more|of|songs?|tracks?|"
    rf"{MINUTES}|hours?|years?|{BPM})\b)"
)
"""Numbers side by side: "5 and 6 are the same", "3 or 8?"."""


def ordinals(text: str) -> list[Named]:
    """References to places in the list, as said."""
    found = [*ORDINALS.finditer(text)]
    found += [one for one in BARE_NUMBERS.finditer(text) if not any(_overlap(one, other) for other in found)]
    return sorted((_pointing(match) for match in found), key=lambda named: named.start)


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def _pointing(match: re.Match[str]) -> Named:
    return Named(Entity(type="ordinal", text=match[0].strip()), match.start(), match.end())


def names(text: str, found: Sequence[Token], spans: Sequence[Span], taken: Sequence[Named]) -> list[Named]:
    """Artists and titles that the tagger found, without those that only repeat common words or lie in an ordinal."""
    kept = []
    for span in spans:
        start, end = found[span.first].start, found[span.last - 1].end
        said = text[start:end]
        words = [token.word for token in found[span.first : span.last]]
        taken_already = any(named.start < end and start < named.end for named in taken)
        titled = re.match(r" by \w", text[end:])
        common = all(_common(word) for word in words) or _graded(text[:start], said)
        common = common or _shows(text[:start], said) or _is_style(said)
        if taken_already or _asks(said) or _says_where(text[:start], said) or (common and not titled):
            continue
        kept.append(Named(Entity(type=span.kind, text=said), start, end))
    return kept


def _common(word: str) -> bool:
    return word in NOT_NAMES or word in sound_words() or word in GENRE_WORDS or bool(re.fullmatch(r"\d+s?", word))


ASKED_BY_NAME = re.compile(
    r"\b(?:play|hear|song|track|tune|called|titled|named|like|add|by|remove|to) $", re.IGNORECASE
)


def _shows(before: str, said: str) -> bool:
    """Whether a span is a scene ("sunset on the beach") rather than a name, which is asked for or has capitals."""
    return said == said.lower() and not ASKED_BY_NAME.search(before) and names_an_occasion(said)


def _is_style(said: str) -> bool:
    """Whether a span is nothing but a style, which names are written unlike ("bossa nova")."""
    return said == said.lower() and said in said_in(said)


BY_THE = re.compile(r"\b(?:by|from)(?: the)? $", re.IGNORECASE)


def _says_where(before: str, said: str) -> bool:
    """Whether a span says where: "something by the sea", "music from Brazil"."""
    plain = said.lower().removeprefix("the ")
    if re.search(r"\bfrom (?:the )?$", before, re.IGNORECASE) and plain in COUNTRIES:
        return True
    the = said.startswith("the ") or before.endswith(" the ")
    return the and said == said.lower() and bool(BY_THE.search(before)) and plain in BESIDE


_BESIDE = (
    "sea beach ocean lake river water shore seaside coast harbour harbor fire fireplace campfire window pool road "
    "roadside sunset sunrise stream canal bay"
)
BESIDE = frozenset(_BESIDE.split())
"""What one sits by."""
_COUNTRIES = (
    "africa america argentina asia australia austria belgium bolivia brazil britain bulgaria cameroon canada chile "
    "china colombia congo croatia cuba denmark ecuador egypt england estonia ethiopia europe finland france georgia "
    "germany ghana greece greenland haiti hungary iceland india indonesia iran iraq ireland israel italy jamaica japan "
    "jordan kenya korea latvia lebanon lithuania madagascar malaysia mali mexico mongolia morocco nepal netherlands "
    "nigeria norway pakistan palestine paraguay peru philippines poland portugal romania russia scandinavia scotland "
    "senegal serbia singapore slovakia slovenia somalia spain sudan sweden switzerland syria taiwan tanzania thailand "
    "tunisia turkey uganda ukraine uruguay venezuela vietnam wales zimbabwe"
)
COUNTRIES = frozenset(_COUNTRIES.split()) | {"south africa", "south korea", "new zealand", "usa", "uk", "puerto rico"}
"""Where music is from: no artist is asked for, though some are called so."""


GRADED = re.compile(r"\b(?:more|less|too|so|not|very|bit|really) $", re.IGNORECASE)


ASKS = re.compile(
    r"(?:(?:put|play|give|find|make|show|throw|get|pick|want|need|have)\b.*)?\b(?:something|anything|stuff)\b.*"
)


def _asks(said: str) -> bool:
    """Whether a span is a request ("put on something happy") rather than a name, which would mostly have capitals."""
    return said == said.lower() and bool(ASKS.fullmatch(said))


def _graded(before: str, said: str) -> bool:
    """Whether a span is an adjective in a comparison ("more blood-curdling") rather than a name."""
    return bool(GRADED.search(before) and re.fullmatch(r"[a-z-]+(?:ing|y|ful|ous|ive|less|ic|ed|ish|ent|ant|er)", said))


UPPER = "A-ZÀ-ÖØ-ÞĆČĐĞİŁŃŐŒŘŚŞŠŤŮŰŹŻŽ"
CAPITAL = rf"[{UPPER}0-9][\w'&.+-]*"
NAME = rf"((?=[{UPPER}]){CAPITAL}(?: {CAPITAL})*)"
LONG_NAME = rf"((?=[{UPPER}]){CAPITAL}(?: (?:{CAPITAL}|of the|of|and the|the|&))*)"
"""Words with capitals; in the long one also what links them, such as "Queens of the Stone Age"."""
CAPITALISED = re.compile(
    rf"\b(?:[Bb]y|[Ff]rom|[Ll]ike|[Tt]he|[Aa]dd|[Ss]ome|[Mm]ore|[Nn]o|[Ww]ithout|[Aa]nother)(?: (?:a|an|one|"
    rf"some|another|two|three|a few|more))? {LONG_NAME}(?= (?:songs?|tracks?|tunes?|stuff|one|ones)\b)"
)


ASKED_FOR = re.compile(
    rf"^(?:(?:[Pp]lease|[Bb]ut|[Aa]nd|[Oo]k) )*(?:[Nn]o|[Ww]ithout|[Oo]nly|[Jj]ust|[Nn]othing|[Ss]omething|"
    rf"[Mm]ore|[Ss]ongs by|"
    rf"[Mm]usic by|[Aa]nother song by|[Aa]nything by|[Pp]lay (?:some|more|anything by|something by|music by|songs by))"
    rf"(?: more| music| songs)?(?: by| from| of)? {NAME}"
    rf"(?: please| anymore| any more| instead)?[.!]?$"
)
"""The whole sentence asks for somebody, or nobody, with a capital: "no Radiohead please"."""


BY_NAME = re.compile(rf"\b[Bb]y {LONG_NAME}(?=$|[ ,.;!?])")
QUOTED = re.compile(r"\b(?:[Bb]y|[Ff]rom) \"([^\"]{2,60})\"")
"""Nobody else stands after "by" with a capital, and whoever stands in quotes is called so, known or not."""


def capitalised(text: str, taken: Sequence[Named]) -> list[Named]:
    """Artists that capitals or quotes give away where the tagger saw none: "keep the Radiohead song"."""
    found: list[Named] = []
    for pattern in (QUOTED, CAPITALISED, ASKED_FOR, BY_NAME):
        for match in pattern.finditer(text):
            common = all(_common(word) for word in match[1].lower().split())
            common = common or _says_where(text[: match.start(1)], match[1])
            if not common and not any(
                one.start < match.end(1) and match.start(1) < one.end for one in (*taken, *found)
            ):
                found.append(Named(Entity(type="artist", text=match[1]), match.start(1), match.end(1)))
    return found


ABROAD = {
    "nl": re.compile(rf"\b(?:iets|liedje|liedjes|nummer|nummers|muziek|alleen|meer) (?:van|door) \"?{NAME}"),
    "pl": re.compile(rf"\b(?:coś|piosenk[aęi]|muzyk[aęi]|tylko|więcej) (?:od|zespołu) \"?{NAME}"),
}
"""How languages without a glossary ask for somebody."""
ADDS_ABROAD = re.compile(r"\b(?:voeg|dodaj)\b", re.IGNORECASE)


def asked_abroad(text: str, language: str) -> str | None:
    """The artist that a sentence asks for by "van" or "od"; None in other languages, and where nobody is."""
    found = ABROAD[language].search(text) if language in ABROAD else None
    return found[1] if found else None


def known_names(text: str, artists: Collection[str], titles: Collection[str]) -> list[Named]:
    """Names from the list that is shown, or the catalogue, that stand in the text word for word."""
    found: list[Named] = []
    lower = text.lower()
    for kind, known in (("track", titles), ("artist", artists)):
        for name in sorted(known, key=len, reverse=True):
            if len(name) < 3 or (kind == "track" and _common(name.lower())):
                continue
            match = re.search(rf"(?<!\w){re.escape(name.lower())}(?!\w)", lower)
            if match and not any(named.start < match.end() and match.start() < named.end for named in found):
                entity = Entity(type=kind, text=text[match.start() : match.end()])
                found.append(Named(entity, match.start(), match.end()))
    return found


LIKE = re.compile(
    r"\b(?:like|similar|reminiscent|reminds?|style|vein|sounds?|vibes?|as|resembl\w+|a la|"
    "inspired|close|comparable|fans?|related)(?: (?:to|of|from|the|by|me|in|artist|band|song|"
    "songs|some|either|old|early|stuff))*,? ?$"
)
REFUSED = re.compile(
    r"\b(?:no(?: more)?|not|without|don'?t (?:\w+ )?(?:want|like|play|include|need|care for)|"
    "except|exclude|excluding|avoid|anything but|"
    "not a(?: big)? fan of|not into|remove|skip|hate|less|nothing|never|drop|ditch|enough|"
    "sick of|tired of|instead of|leave out|take out|other than|but not|besides)"
    r"(?: (?:any|anything|the|from|by|of|more|songs?|tracks?|stuff|another|music|single|all|everything))* ?$"
)
MISSED = re.compile(r"\b(?:won'?t|wouldn'?t|isn'?t|can'?t|cannot|not|never|no \w+)\b[^.;!?]*\bwithout(?: \w+)? ?$")
"""What is not whole without somebody: "it won't be a party without X"."""
WANTED = re.compile(
    r"\b(?:by|from|only|just|add|include|including|some|more|hear|play|featuring|feat|throw in|of|"
    "want|love|(?:songs|music|playlist|tracks) with|about|need|artists?|have|got|try)"
    "(?: (?:in|some|more|any|few|a|an|the|of|songs?|tracks?|music|tunes?|stuff|by|from|old|new|"
    "early|hits?|like the|couple|good|singer|band|artist|classic|bit))* ?$"
)


def _compared(before: str) -> bool:
    """Whether a name is only compared with: "like X", "similar to SONG by X"."""
    return bool(LIKE.search(before) or re.search(r"\b(?:like|similar|reminds?|style of)\b[^.;!?]* by ?$", before))


def artist_limits(text: str, found: Sequence[Named]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Artists that must, and artists that must not be in the list, as said: "only by X", "no X"."""
    include: list[str] = []
    exclude: list[str] = []
    before: list[str] | None = None
    after = 0
    for named in found:
        if named.entity.type != "artist":
            continue
        lead = text[after : named.start]
        led = text[: named.start].removesuffix('"')
        if before is not None and re.fullmatch(
            r"(?:\s|,|&|/|\"|and|or|nor|then|maybe|also|\+|some|songs?|by|no)*", lead
        ):
            before.append(named.entity.text)
        elif REFUSED.search(led) and not MISSED.search(led):
            before = exclude
            exclude.append(named.entity.text)
        elif not _compared(led) and WANTED.search(led):
            before = include
            include.append(named.entity.text)
        else:
            before = None
        after = named.end
    return tuple(dict.fromkeys(include)), tuple(dict.fromkeys(exclude))
