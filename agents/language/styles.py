"""Styles as a limit: "play jazz", "only jazz", "jazz please" ask for nothing else; "more jazz" is only a wish."""

from __future__ import annotations

import re

from agents.language.shapes import GENRE_WORDS, NOT, THE
from recommender.music.styles import styles

GENRE = "|".join(re.escape(word) for word in sorted({*GENRE_WORDS, *styles()}, key=len, reverse=True))
GENRE = rf"(?:{GENRE})"
_MUSIC = (
    r"(?:music|songs?|tracks?|tunes?|playlists?|list|mix|stuff|numbers?|pieces?|hits|classics|artists?|bands?|records?)"
)
_STYLES = rf"{GENRE}(?:(?:,? (?:or|and) |, ?| ?/ ?| ?& ?){GENRE})*"
_HOW = r"(?:good|nice|great|real|classic|old|proper|authentic|some|pure|the|a|an|my|any|any kind of|kind of|in)"
_ONLY = (
    r"(?:only|just|solo|solely|strictly|exclusively|purely|nothing but|nothing else but|no music but|all|"
    r"100%|entirely|pure)"
)
_ASK = (
    r"(?:play|put on|give|show|find|get|make|let'?s (?:hear|have|go (?:for|with)|try|do|listen to)|let me "
    r"(?:hear|have)|"
    r"i (?:want|need|feel like|prefer|would like|would prefer|fancy)|i'?d (?:like|love|prefer)|i'?m in the mood for|"
    r"i'?m (?:looking for|after)|hear|want|need|listen to|switch(?: it)? to|change(?: it| this)? (?:to|into)|"
    r"turn (?:it|this) into|make (?:it|this|them|the list)(?: all| into| be)?|how about|what about|"
    r"can (?:you|i|we) (?:play|have|get|hear|do|put on|give me)|could (?:you|i|we) (?:play|have|get|hear|do|put on)|"
    r"(?:keep|hold|limit) (?:it|this|them|the list|things) to|stick (?:to|with)|"
    r"recommend|suggest|it should be|should be|must be|has to be)"
)
_POLITE = r"(?:(?:please|ok|okay|no|actually|well|and|now|then|so|hey|hi|but|can you|could you)[,.! ]+)*"
_TAIL = r"(?: (?:please|now|instead|today|tonight|then|thanks|only|for me|in the list|here|for a change))*"
_WHOLE = re.compile(
    rf"^{_POLITE}(?:{_ASK} )?(?:(?:me|us|to hear|to|it|into|all|{_ONLY}|{_HOW}|some|a few|\d+|be|listen|hear|"
    rf"have|from) )*"
    rf"(?P<styles>{_STYLES})(?: {_MUSIC})*{_TAIL}[.!? ]*$"
)
_ONLY_STYLE = re.compile(
    rf"(?<!\bnot )\b{_ONLY} (?:{_HOW} |play |want |hear |give me |be )*(?P<styles>{_STYLES})(?: "
    rf"{_MUSIC})?(?![\w-])(?! (?:guitars?|"
    r"beats?|drums?|vibes?|feel))"
)
_STYLE_ONLY = re.compile(
    rf"(?<![\w-])(?P<styles>{_STYLES})(?: {_MUSIC})? (?:only|exclusively|and nothing else|all the way)\b"
)
_MUST = re.compile(
    rf"\b(?:every(?:thing| (?:song|track|one))|all(?: of (?:it|them)| (?:the )?(?:songs|tracks))?|they|it) "
    rf"(?:must|should|has to|have to|needs? to|ought to) (?:all )?be (?P<styles>{_STYLES})(?![\w-])"
)
_WISH = re.compile(
    r"\b(?:more|less|fewer|a bit of|a little|a touch of|too|not|no|without|add|mix in|throw in|like|bit)\b"
)
FEELINGS = frozenset(
    ["funky", "groove", "jazzy", "minimal", "drone", "hardcore", "symphonic", "boogie", "swing", "baroque", "orchestra"]
)
"""Words of the vocabulary's styles that tell more of a sound than of a shelf."""


_REFUSED = re.compile(rf"\b{NOT}{THE} $")


def _only(text: str) -> re.Match[str] | None:
    """The first style that is asked for alone; "stop with all the metal" refuses it."""
    return next((match for match in _ONLY_STYLE.finditer(text) if not _REFUSED.search(text[: match.start()])), None)


def asked_styles(text: str) -> tuple[str, ...]:
    """The styles that every track shall be of, as said; empty where styles are at most wished for."""
    match = _only(text) or _STYLE_ONLY.search(text) or _MUST.search(text)
    if match is None and not _WISH.search(text):
        match = _WHOLE.match(text)
    if match is None:
        return ()
    return tuple(
        dict.fromkeys(name for name in re.findall(rf"(?<!\w){GENRE}(?!\w)", match["styles"]) if name not in FEELINGS)
    )
