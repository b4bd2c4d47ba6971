"""What a sentence asks to be done with certain tracks: keep, remove, replace, move, add, in the order said.

A verb counts where a reference (``pointing``) stands beside it: "change the others" is one, "change the mood" is not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from agents.language.numbers import NUMBER, number
from agents.language.pointing import ALL_BUT, ALL_OR_SOME, BY_QUOTED, NOUN, PLACE, REFERENCE
from agents.language.shapes import GENRE_WORDS
from core.schemas import Edit

Verb = Literal["keep", "remove", "replace", "move", "add"]


@dataclass(frozen=True)
class Placed:
    """An edit and where in the text it is said."""

    edit: Edit
    start: int
    end: int


SOME = 3
"""How many tracks "some" and "a few" bring."""
_FILL = r"(?: (?:only|just|me|us|please|out|also|both|on to|again))*"
KEEP = (
    r"(?P<only>(?:only|just) )?(?:keep(?:ing)?|hold on to|hang on to|pin|lock(?: in)?|retain|preserve|stick with|"
    r"leave(?! out| off)|stay with|"
    r"(?:don'?t|do not|never) (?:touch|change|remove|replace|lose|drop|swap|move|delete|skip))(?P<only2> only| just)?"
)
REMOVE = (
    r"(?:remov(?:e|ing)|delet(?:e|ing)|drop(?:ping)?|get rid of|take (?:out|off|away)|kick(?: out)?|cut(?: out)?|ditch|"
    r"lose|throw (?:out|away)|strike(?: out)?|scrap|bin|erase|exclude|eliminate|chuck(?: out)?|dump|toss(?: out)?|axe|"
    r"skip|leave (?:out|off)|without|no|not|minus|"
    r"(?:i )?(?:really )?(?:don'?t|didn'?t|do not|did not) (?:\w+ )?(?:like|want|love|care for|enjoy|need)|"
    r"(?:can'?t|cannot) stand|hate|not a(?: \w+)? fan of|not feeling|no to)"
)
REPLACE = (
    r"(?:replac(?:e|ing)|swap(?:ping)?(?: out)?|exchange|substitute|switch(?: out)?|trade(?: in)?|chang(?:e|ing)|"
    r"refresh|renew|"
    r"(?:(?:something|another|other|new|different|fresh|better|alternatives?)(?: (?:else|different|better|one|ones|"
    r"song|songs|track|tracks|options?|suggestions?))*(?: \w+)? (?:instead of|in place of|for|where|to replace)))"
)
MOVE = r"(?:put|move|place|bring|push|shift|make|get|take|have)"
TARGET = (
    r"(?:(?:to|at|on|in|into|as|up|down)? ?(?:the )?(?P<to>(?:very )?(?:first|top|front|start|beginning|last|"
    r"end|bottom|"
    rf"back|middle|opener|closer|opening|finale)|up|down|(?:position|place|number|spot|slot|track) (?:{NUMBER})|"
    rf"{PLACE}(?: (?:place|position|spot|slot|one))?|(?:right |just )?(?:before|after|above|below|behind|in front of) "
    rf"{REFERENCE}))(?: (?:of the list|of it|place|position|spot|song|track|one))*\b"
)
_ENDS = r"(?=$|[ ,.;!?])"
_TABLE: tuple[tuple[Verb, str], ...] = (
    ("move", rf"\b(?:swap|switch|exchange) (?P<what>{REFERENCE}) (?:with|and|for) (?P<other>{REFERENCE})"
             rf"(?: around| over)?{_ENDS}"),
    ("move", rf"\b(?:swap|switch) (?P<what>(?:{REFERENCE})) (?:around|over|places|positions)\b"),
    ("move", rf"\bswap (?:the )?(?:places|positions|order) of (?P<what>{REFERENCE})"),
    ("move", rf"\b{MOVE} (?P<what>{REFERENCE}) {TARGET}"),
    ("move", rf"\b(?:start|begin|open|kick off|lead)(?: (?:it|the list|the playlist|things))?(?: off)? with "
             rf"(?P<what>{REFERENCE}){_ENDS}"),
    ("move", rf"\b(?:end|finish|close|conclude)(?: (?:it|the list|the playlist))?(?: off)? (?:with|on) "
             rf"(?P<what>{REFERENCE}){_ENDS}"),
    ("move", rf"(?:^|[,;] ?|\band )(?P<what>{REFERENCE}) (?:should (?:be|come|go) |goes |comes |to (?:be )?)"
             rf"(?:{TARGET})"),
    ("move", rf"(?:^|[,;] ?)(?:and |then |also )*(?P<what>{REFERENCE}) (?=(?:to|at|right|just|before|after) )"
             rf"(?:{TARGET})"),
    ("move", rf"(?P<what>{REFERENCE}) (?:should|must|can|could|has to|to) (?:open|start|begin|kick off|close|end|"
             rf"finish)(?: (?:it|the list|the playlist|things|us off))?(?: off)?{_ENDS}"),
    ("remove", rf"\b(?:take|throw|kick|cut|get|leave|chuck|toss|bin|drop) (?P<what>{REFERENCE}) (?:out|off|away)\b"),
    ("keep", rf"\bleave (?P<what>{ALL_OR_SOME}) (?:alone|as (?:it|they) (?:is|are)|in\b|where|there|untouched)"),
    ("keep", rf"^(?P<what>{ALL_BUT})[.!]?$"),
    ("keep", rf"\b{KEEP}{_FILL} (?P<what>{REFERENCE}){_ENDS}"),
    ("replace", rf"\b{REPLACE}{_FILL} (?P<what>{ALL_OR_SOME}){_ENDS}"),
    ("replace", rf"\binstead of (?P<what>{REFERENCE}){_ENDS}"),
    ("remove", rf"\b{REMOVE}{_FILL} (?P<what>{REFERENCE}){_ENDS}"),
    ("remove", rf"\b(?:remove|delete|drop|throw out|get rid of|clear){_FILL} (?P<what>{ALL_OR_SOME}){_ENDS}"),
    ("keep", rf"(?P<what>{REFERENCE}) (?:(?:can|should|must|may|has to|have to|will|to) )?(?:stays?|remains?)\b|"
             rf"(?P<what2>{REFERENCE}) (?:is a keeper|are keepers)\b|\bmake sure (?P<what3>{REFERENCE}) stays?\b"),
    ("replace", rf"(?P<what>{ALL_OR_SOME}) (?:(?:can|may|should|must|could|needs? to|has to|have to) )(?:be |all )*"
                r"(?:changed?|replaced?|swapped|different|new|others?)\b"),
    ("remove", rf"(?P<what>{REFERENCE}) (?:(?:has|have|needs?|must|should|can)(?: got)?(?: to)? (?:go|leave)\b|"
               r"(?:doesn'?t|don'?t|does not|do not) (?:\w+ )?(?:fit|belong|work|match)|"
               r"can away\b|(?:is|are) (?:terrible|awful|horrible|wrong|bad|annoying|out)\b|sucks?\b|out\b|away\b)"),
)  # fmt: skip
PATTERNS = tuple((verb, re.compile(pattern)) for verb, pattern in _TABLE)
BY_SOMEBODY = re.compile(
    rf"\b(?:remove|delete|drop|get rid of|take (?:out|off|away)|throw (?:out|away)|kick out|cut|ditch|lose|scrap|bin|"
    rf"erase|chuck(?: out)?|dump|toss(?: out)?){_FILL} (?P<what>{BY_QUOTED}){_ENDS}"
)
"""Tracks of somebody who is in the list go; "no songs by Coldplay" is a limit."""
LIKED = re.compile(
    rf"\bi (?:really |do )?(?:like|love|enjoy) (?P<what>{REFERENCE}){_ENDS}|"
    rf"(?P<what2>{REFERENCE}) (?:is|are) (?:really |so )?(?:good|great|perfect|fine|ok|okay|nice|fantastic)\b"
)
"""A reason to keep tracks, where something else is asked to be changed."""
REVERSE = re.compile(r"\b(?:reverse|invert|flip|turn around) (?:the )?(?:whole )?(?:order|list|playlist|sequence|it)\b|"
                     r"\b(?:in )?reverse order\b|\bback ?wards\b")  # fmt: skip
SHUFFLE = re.compile(r"\b(?:shuffle|mix up|scramble|jumble|randomi[sz]e) (?:up )?(?:the |these |those )?"
                     r"(?:order|list|playlist|songs|tracks|them)\b(?! and play)|\brandom order\b")  # fmt: skip
SORT = re.compile(
    r"\b(?:sort|order|re-?order|arrange|re-?arrange|rank|sequence)\b(?! (?:a|me|pizza)\b)(?P<how>.*)|"
    r"\b(?P<how2>(?:slow(?:est)?|calm(?:est)?|quiet(?:est)?|sad(?:dest)?|happ(?:y|iest)|fast(?:est)?|"
    r"best|liveliest|energetic)(?: (?:ones|songs|tracks))? (?:first|to (?:fast|lively|happy|loud|new|"
    r"energetic|sad|slow|calm|quiet)))\b|\b(?P<how3>(?:start|begin) (?:slow|calm|soft|quiet)\w*(?: \w+)? (?:and|"
    r"then|,) "
    r"(?:\w+ )?(?:build|get|end|go|become|grow|ramp)\b.*)"
)
SORTED_BY = (
    ("slow", r"slow\w*(?: ones)?(?: songs| tracks)? (?:first|to)|(?:start|begin) slow|tempo|speed|bpm|pace"),
    ("fast", r"fast\w*(?: ones)?(?: songs| tracks)? (?:first|to)|quickest first"),
    ("calm", r"(?:calm|quiet|soft)\w*(?: ones)?(?: songs| tracks)? (?:first|to)|(?:start|begin) (?:calm|soft|"
             r"quiet)|energy"
             r"|build"),
    ("lively", r"(?:livel|energetic|loud)\w*(?: ones)?(?: songs| tracks)? (?:first|to)"),
    ("sad", r"sad\w*(?: ones)?(?: songs| tracks)? (?:first|to)|mood|happiness"),
    ("happy", r"happ\w*(?: ones)?(?: songs| tracks)? (?:first|to)"),
    ("title", r"title|alphabet|name|a to z|a-z"),
    ("artist", r"artist|band"),
    ("best", r"best\b|match|score|fit"),
)  # fmt: skip
ADD = re.compile(
    r"\b(?:add|adding|throw in|mix in|put in|toss in|sprinkle in|insert|append|include|tack on|slip in|squeeze in)"
    r"(?: (?:me|us|in|on|also|maybe|please|to (?:it|the list|this)))* (?P<rest>[^.;!?]*)"
)
MORE_SONGS = re.compile(
    rf"\b(?:(?:give|get|show|find|play|want|need|have|get) (?:me |us )?)?(?P<count>{NUMBER}|a few|a couple(?: of)?|"
    rf"some|another|one) (?:more|extra|additional)?(?<!some) ?(?P<noun>(?:more )?(?:songs?|tracks?|tunes?|ones?))\b"
    r"(?P<what>(?: (?:by|from|with|like|in the style of|that)\b[^.;!?]*)?)"
)
COUNTED = re.compile(
    rf"^(?:(?P<count>{NUMBER}|an?|another|some|a few|a couple(?: of)?|any|one more|more)\b ?)?(?:more |other |extra |"
    rf"additional |good |nice |new )*(?P<what>.*)$"
)
HAS_NOUN = re.compile(rf"\b{NOUN}\b")


def read_edits(text: str, titles: Sequence[str] = (), artists: Sequence[str] = ()) -> list[Placed]:
    """The edits in a sentence (lower case), in the order said; ``titles``, ``artists``: names found in it."""
    found: list[Placed] = []
    named, titled = _quoting(text, [*titles, *artists]), _quoting(text, titles)
    for verb, pattern in PATTERNS:
        for match in pattern.finditer(titled if verb == "remove" else named):  # "no Coldplay" is a limit
            if _free(found, match.start(), match.end()):
                found.append(Placed(_edit(verb, match, text), match.start(), match.end()))
    found += [
        Placed(_edit("remove", match, text), match.start(), match.end())
        for match in BY_SOMEBODY.finditer(named)
        if _free(found, match.start(), match.end())
    ]
    found += [] if any(placed.edit.verb == "move" for placed in found) else _ordering(text)
    if not any(placed.edit.verb == "move" for placed in found):
        found += [one for one in _adding(text, [*titles, *artists]) if _free(found, one.start, one.end)]
    if found and all(placed.edit.verb in {"replace", "remove"} for placed in found):
        found += [
            Placed(Edit(verb="keep", what=_what(match, text)), match.start(), match.end())
            for match in LIKED.finditer(named)
            if _free(found, match.start(), match.end())
        ]
    return sorted(found, key=lambda placed: placed.start)


def _quoting(text: str, names: Sequence[str]) -> str:
    """The text with bare names between quotes, where the patterns look for them; every place stays where it is."""
    for name in names:
        bare = rf"(?<!\bthe )(?<!\bthat )(?<!\bthis )(?<![\w\"]){re.escape(name.lower())}(?![\w\"])(?! {NOUN}\b)"
        text = re.sub(bare, lambda match: f'"{match[0][1:-1]}"' if len(match[0]) > 3 else match[0], text)
    return text


def _what(match: re.Match[str], text: str) -> str:
    name = next(name for name, value in match.groupdict().items() if name.startswith("what") and value)
    return text[match.start(name) : match.end(name)].strip()


def _edit(verb: Verb, match: re.Match[str], text: str) -> Edit:
    groups = match.groupdict()
    said, to = _what(match, text), groups.get("to") or ""
    if verb != "move":
        return Edit(verb=verb, what=said, only=bool(groups.get("only") or groups.get("only2")))
    if groups.get("other"):
        return Edit(verb="move", what=said, to=f"with {text[match.start('other') : match.end('other')]}")
    if not to:
        opens = re.search(r"\b(?:start|begin|open|kick off|lead)", match[0])
        ends = re.search(r"\b(?:end|finish|close|conclude)\b", match[0])
        to = "first" if opens else "last" if ends else "swapped"
    return Edit(verb="move", what=said, to=to)


def _free(found: Sequence[Placed], start: int, end: int) -> bool:
    return not any(placed.start < end and start < placed.end for placed in found)


def _ordering(text: str) -> list[Placed]:
    for pattern, to in ((REVERSE, "reversed"), (SHUFFLE, "shuffled")):
        if match := pattern.search(text):
            return [Placed(Edit(verb="move", what="all", to=to), match.start(), match.end())]
    if match := SORT.search(text):
        how = match[0]
        for to, words in SORTED_BY:
            if re.search(rf"\b(?:{words})", how):
                return [Placed(Edit(verb="move", what="all", to=to), match.start(), match.end())]
    return []


def how_many(said: str | None) -> int:
    """ "a", "two", "some" as a number of tracks."""
    said = (said or "").strip()
    if said in {"", "a", "an", "another", "one", "one more"}:
        return 1
    if said.startswith("a couple"):
        return 2
    return number(said) if re.fullmatch(NUMBER, said) else SOME


def _adding(text: str, names: Sequence[str]) -> list[Placed]:
    if match := ADD.search(text):
        parts = COUNTED.match(match["rest"])
        if parts and (brings := _brings(parts, names)):
            return [Placed(Edit(verb="add", what=parts["what"], count=brings), match.start(), match.end())]
        return []
    match = MORE_SONGS.search(text)
    if (
        match
        and re.search(r"\b(?:more|another|extra|additional)\b", match[0])
        and not re.search(r"\bmore than\b", text)
    ):
        edit = Edit(verb="add", what=match["what"].strip(), count=how_many(match["count"]))
        return [Placed(edit, match.start(), match.end())]
    return []


def _brings(parts: re.Match[str], names: Sequence[str]) -> int:
    """How many tracks are asked to be added; 0 where a quality is ("add energy", "add a bit of piano")."""
    what, counted = parts["what"], parts["count"]
    if HAS_NOUN.search(what.split(" with ")[0].split(" by ")[0]) or (not what.strip() and counted):
        plural = re.search(r"\b(?:songs|tracks|tunes|ones|titles|pieces|picks)\b", what)
        return how_many(counted or ("some" if plural else "one"))
    if counted and re.fullmatch(NUMBER, counted):
        return number(counted)
    if any(name.lower() in what for name in names):
        return SOME if counted in {"some", "a few", "any", "more"} else 1
    style = re.match(r"(?:\w+ )?([\w&' -]+?)(?: music)?(?: to (?:it|the list|this)| please| too| as well)?$", what)
    if style and any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", what) for word in GENRE_WORDS) and counted:
        return how_many(counted)
    return 0
