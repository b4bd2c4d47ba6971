"""How a sentence points at tracks of the list: "the first three", "tracks 2 to 4", "all but the last two", "the rest",
"the slowest one", "the goose one". A pattern only; ``agents.references`` says which tracks those are."""

from __future__ import annotations

import re

from agents.language.lexicon import sound_words
from agents.language.numbers import NUMBER, ORDINAL

NOUN = r"(?:songs?|tracks?|tunes?|ones?|titles?|pieces?|picks?|numbers?|entry|entries|items?|choices?)"
NUMERAL = rf"(?:{NUMBER})\b"
LAST = r"(?:second[- ](?:to|from)[- ](?:the )?last|next[- ]to[- ]last|penultimate|last|final|opening|closing)"
PLACE = rf"(?:(?:{ORDINAL})\b|{LAST})"
SEVERAL = (
    rf"(?:very )?(?:first|last|final|top|bottom|opening|closing|middle) (?:{NUMBER}|few|couple(?: of)?|half)\b"
    rf"(?: {NOUN})?|(?:second|other) half\b"
)
_NUMBERED = rf"(?:(?:songs?|tracks?|numbers?|no\.?|nr\.?|items?|tunes?|positions?|places?) ?#?|#) ?(?:{NUMERAL})"
_AND = r" ?(?:,? (?:and|or|&|plus) |, | & |/|,)(?:the |also )?"
_TO = r" ?(?:-|to|through|until|till|thru|up to) ?(?:the |number |track )?"
_PLACED = rf"(?:the |my )?(?:very )?{PLACE}(?: {NOUN})?"
_ATOM = rf"(?:(?:the )?(?:{SEVERAL}|{_NUMBERED}(?:{_TO}{NUMERAL})?)|{_PLACED}(?:{_TO}{PLACE})?(?: {NOUN})?)"
MOST = (
    r"(?:slow|fast|quick|sadd|happi|calm|loud|quiet|dark|bright|live|livel|new|old|short|long|weak|strong|soft|gloomi|"
    r"cheeri)est"
)
EXTREME = (
    rf"(?:the )?(?:{NUMERAL} )?(?:{MOST}|worst|best|weakest|most (?:energetic|aggressive|boring|cheerful|upbeat|"
    rf"melancholic|intense|relaxing|depressing)|least fitting)(?: (?:{NUMERAL}|few|couple))?(?: {NOUN})?"
)
EXCEPT = r"(?:,? ?(?:except|but not|but|apart from|other than|save|excluding|besides|bar|aside from)(?: for| only)?)"
REST = (
    r"(?:(?:all )?(?:of )?the (?:rest|remainder|remaining(?: \w+)?|others?(?: \w+)?)(?: of (?:it|them|the \w+))?"
    r"|(?:all|every(?:thing|one)?) (?:the )?(?:else|others?)(?: (?:songs|tracks|ones))?|whatever(?:'s| is) left"
    r"|what(?:'s| is) left|rest\b|others\b)"
)
EVERYTHING = (
    r"(?:everything|(?:all|any)(?: of)?(?: (?:the|them|these|those|it))?(?: (?:songs|tracks|ones))?|every "
    r"(?:song|track|"
    rf"one)|them all|it all|anything|(?:all )?(?:{NUMERAL}) of them|the (?:whole|entire) (?:list|playlist|thing|lot))"
)
EVERY_OTHER = (
    r"(?:every (?:second|other|third) (?:one|song|track)|(?:all )?the (?:even|odd)(?:[- ]numbered)? "
    r"(?:ones|songs|tracks|numbers))"
)
_NOT_A_NAME = (
    r"(?:the|a|an|one|ones|song|songs|track|tracks|list|playlist|music|first|last|second|third|next|other|others|same|"
    r"rest|new|few|more|some|any|only|whole|right|best|two|three|four|five|to|of|with|and|or|in|is|are)"
)
DESCRIBED = (
    r"(?:the|all the|that|this|those|these|both)(?: songs?| tracks?)?"
    rf"((?: (?!{_NOT_A_NAME}\b)[\w'&.-]+){{1,4}}) (?:ones?|songs?|tracks?|tunes?)\b"
)
"""Group 1: what tells the tracks: part of a title or an artist ("the goose one"), or how they sound ("the slow
ones")."""
BY_WHOM = (
    r"(?:the )?(?:one|ones|song|songs|track|tracks|everything|anything|all)? ?(?:by|from) ([\w'&.-]+(?: "
    r"[\w'&.-]+){0,3})"
)
QUOTED = r"\"([^\"]{2,80})\""
_BY_QUOTED = (
    rf"(?:(?:all|every|each|any|both)(?: of)? )?(?:the |those |these )?(?:{NOUN}|everything|anything|all) "
    rf"(?:by|from) {QUOTED}"
)
_SPAN = rf"{NUMERAL}(?:{_TO}{NUMERAL})?"
PLAIN_NUMBERS = rf"(?:the (?=\d))?{_SPAN}(?:{_AND}{_SPAN})*(?! ?(?:{NOUN}|min|hour|bpm|more|%|of))"
SOME_OF_THEM = rf"(?:{NUMERAL}|a couple(?: of)?|a few) (?:songs|tracks|ones|of them)"

_LIST = rf"{_ATOM}(?:{_AND}(?:{_ATOM}|{_SPAN}))*(?:{_TO}(?:{NUMERAL}|{PLACE}))?"
BEYOND = (
    rf"(?:everything|all|anything|the ones|those|the songs|all the songs) (?:that (?:comes?|is) )?(?:after|"
    rf"before|from) {_ATOM}(?: on(?:wards?)?)?"
)
NAMELESS = rf"(?:{BEYOND}|{EVERY_OTHER}|{EXTREME}|{REST}|{_LIST}|{PLAIN_NUMBERS})"
"""A reference that needs no name."""
_ALL_BUT = rf"{EVERYTHING}{EXCEPT} (?:{NAMELESS}|{QUOTED}|{DESCRIBED}|{BY_WHOM})"


def _nameless(pattern: str) -> str:
    return re.sub(r"\((?!\?)", "(?:", pattern)


BY_QUOTED = _nameless(_BY_QUOTED)
ALL_BUT = _nameless(_ALL_BUT)
REFERENCE = _nameless(rf"(?:{_BY_QUOTED}|{_ALL_BUT}|{NAMELESS}|{SOME_OF_THEM}|{QUOTED}|{DESCRIBED})")
ALL_OR_SOME = _nameless(rf"(?:{_BY_QUOTED}|{_ALL_BUT}|{NAMELESS}|{EVERYTHING}|{SOME_OF_THEM}|{QUOTED}|{DESCRIBED})")
"""A reference that may also be the whole list."""


def sound_of(described: str) -> dict[str, int]:
    """How "the slow ones" sound, as moves; empty where the words are no sound but part of a name."""
    return dict(sound_words().get(described.strip(), {}))
