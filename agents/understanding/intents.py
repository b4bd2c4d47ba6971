"""What a sentence asks to be done: one of the eighteen intents.

Stated patterns decide where wording is clear; the rest goes to the sentence-vector model of ``meaning``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recommender.perception.text import describes
from recommender.values import FEATURES, Entity, Intent, Limits

from .limits import LANGUAGES, SONGS
from .meaning import intent_probabilities
from .wants import Found

POLITE = r"^(?:(?:please|ok|okay|no|nope|oops|hmm|actually|well|and|now|then|so|hey|hi|alright|great|thanks|can you|could you|would you|can we|let's|lets|i want to|i'd like to|i would like to|just|maybe|cool|nice|sorry|wait|ugh|yeah|yes|but)[,.! ]+)*"
IT = r"(?:it|this|that|these|those|them|one|ones)"
LIST = r"(?:list|playlist|version|one|selection|set|mix|songs|tracks|state|result|results|suggestions?)"
THEN = rf"(?:previous|last|old|earlier|original|prior|former|first|other) {LIST}"
SERVICE = r"(?:spotify|youtube(?: music)?|soundcloud|apple music|deezer|tidal|all (?:the )?services|my (?:account|library|phone|computer))"

# In the order they are tried. The first pattern that matches decides.
PATTERNS: tuple[tuple[Intent, str], ...] = (
    ("redo", rf"{POLITE}(?:re-?do\b|re-?apply|undo (?:the|that|my) undo|un-?undo|go forward|step forward|(?:bring|put) (?:the|that|this|my) (?:change|edit|new version)s? back)"),
    ("undo", rf"{POLITE}(?:undo|revert|roll ?back|(?:go|step|take me|switch|jump|get me) back(?: (?:one|a|two)(?: steps?)?)?(?: (?:to|please|again|a step)\b.*)?$|back to (?:the )?{THEN}|"
             rf"(?:take|put|bring|change|turn|switch) {IT} back|(?:bring|put|get|give me) (?:me )?back (?:the|my) |restore (?:the|my|that)|reverse (?:that|it|the)|"
             rf"cancel (?:that|it|the last)|(?:scrap|discard|forget|ignore) (?:that|the|my|this) (?:last |latest )?(?:change|edit|step|one|request)|never ?mind,? (?:go|put|the|restore))"),
    ("undo", rf"\b(?:liked|preferred|want|prefer) (?:it|the list|them|the|what we had) ?(?:more |better )?(?:{THEN}|before|earlier|the way it was)|\bwas better before\b|\b(?:return|back) to (?:the |how ).*(?:before|previous|last|was)\b|\bthe way it was\b"),
    ("save", rf"\bsave\b(?! (?:me|us|room|a place|the first|the day))|\bexport|\bdownload\b|\bbookmark\b|\b(?:send|push|upload|transfer|copy) (?:{IT}|the (?:list|playlist)|everything)? ?(?:over )?to {SERVICE}|"
             rf"\b(?:add|put|move) (?:{IT}|the (?:list|playlist)|(?:them )?all|everything)(?: songs)? (?:to|in|into|on) (?:my )?{SERVICE}|\b(?:store|archive) (?:{IT}|the)|\bkeep (?:this|the|that) (?:list|playlist) for\b|\bcreate (?:this|the|that) playlist (?:in|on)"),
    ("explain", r"\bwhy\b(?! not\b)(?=.*\b(?:this|that|these|those|is|are|did|do|does|you|so|song|track|one|first|second|third|it|in|here|pick|chos)\b)|^why\b|\bhow come\b|\bexplain\b|\bwhat made you\b|\bjustify\b|\b(?:what's|what is|what was|give me|tell me) (?:the|your) (?:reason|reasoning|thinking|logic|idea)|"
                r"\bhow (?:did|do|does) (?:you|it|this|that|the \w+ \w+|track \d+|number \d+) (?:choose|pick|decide|get to|come up|select|fit|match|relate|find)|\breason(?:s|ing)? (?:for|behind)|\bwhat do(?:es)? (?:you see|the \w* ?score|this score|the number)|\bhow is .* (?:related|connected|a match)"),
    ("compare", rf"\bcompar(?:e|ison)\b(?! to the old days)|\bdifferen(?:ce|ces)\b|\bdiffers?\b|\bwhich (?:one|ones|song|track|of|list|version|is|has)\b|\bwhat(?:'s| is| has|) (?:changed|new|different)\b|\bside by side\b|\b(?:versus|vs\.?)\b|"
                r"\bis (?:it|this|the new (?:list|one)|track \d+|the \w+ one) (?:better|worse|\w+er|more \w+) than\b"),
    ("play", rf"{POLITE}(?:pause|resume|shuffle|(?:press |hit )?(?:play|stop|start|unpause|mute|rewind)(?: (?:{IT}|now|please|again|the (?:music|list|playlist|song|queue)|playing|playback|from the (?:top|start|beginning)))*|(?:next|previous|skip)(?: (?:song|track|one|ahead|forward|this|it|this (?:song|track|one)))*|"
             r"(?:start|play) (?:it |the (?:list|playlist|music) )?(?:from|at) (?:the )?(?:top|start|beginning))[.! ]*(?:please)?$"),
    ("scope", rf"\b(?:only|just|stay|search|look|pick|recommend|choose|use|draw|switch|stick|limit|restrict|take|find)\b.*\b(?:from|in|within|inside|to|on|with|at|through)? ?(?:my|our) (?:own |\w+ )*(?:library|playlists?|likes|liked songs|saved songs|collection|favou?rites|files|music|list|tracks|songs)\b|"
              rf"\b(?:search|look|check|try|use|browse) (?:on |in |for (?:it|them|this) (?:on|in) |through |from |also (?:on |in )?)?(?:the )?{SERVICE}|\b(?:only|just) (?:on|from|in) {SERVICE}|\bmy (?:liked|saved) songs\b|\bmusic (?:that )?i (?:already )?own\b|\bfrom my (?:own )?(?:library|collection|playlists?|files)|\b(?:outside|beyond) (?:of )?my (?:library|playlists?|collection)|\bsearch (?:everywhere|all|everything)|\blocal files\b"),
)  # fmt: skip
COMPILED = tuple((intent, re.compile(pattern)) for intent, pattern in PATTERNS)

REPLACE = re.compile(
    r"\b(?:replace|swap|exchange|substitute|switch out|switch (?:the|track|song|number)|trade|change (?:the (?!mood|style|genre|vibe|tempo|feel)|track|song|number)|something (?:else|different|better) (?:instead|where|in place|for)|another (?:one|song|track)? ?(?:in place|instead|for (?:track|number|the))|in place of|instead of (?:the|track|number|song|that))\b"
)
FRESH = re.compile(
    r"\b(?:(?:all )?(?:new|different|other|fresh) (?:songs|ones|tracks|suggestions|picks|options|list|set)|something else|start over|start again|replace (?:everything|all|them)|try again|another (?:set|batch|list)|reshuffle)\b"
)
KEEP = re.compile(
    r"\b(?:keep|hold on to|hang on to|pin|lock|retain|preserve|stick with|leave (?!out|off)|don'?t (?:touch|change|remove|replace|lose|drop|swap)|(?:can|should|must|may|has to|have to) stay|stays?\b|save a place|make sure .* stays?|is a keeper|are keepers)"
)
REMOVE = re.compile(
    r"\b(?:remove|delete|drop|get rid of|take (?:out|off|away)|take .{1,40} (?:out|off|away)\b|kick|cut|ditch|lose|throw (?:out|away)|throw .{1,30} (?:out|away)|strike|scrap|bin|erase|exclude|eliminate|chuck|dump|toss|axe|without the|(?:don'?t|didn'?t|do not|did not) (?:\w+ )?(?:like|want|love|care for|enjoy)|"
    r"can'?t stand|hate|not a(?: \w+)? fan of|(?:doesn'?t|don'?t|does not|do not) (?:\w+ )?(?:fit|belong|work)|(?:has|have|needs?|must) to go|has got to go|should go|must go|not the|skip (?:the|track|song|number)|no to)\b"
)
MORE_LIKE = re.compile(
    rf"\b(?:more|songs?|music|artists?|bands?|tracks?|something|anything|stuff|similar|sounds?|sounding|tunes?|else|closer?|vibes?|style|vein|remind\w*|playlists?|ones?|feel)\b.{{0,40}}?\b(?:like|similar to|in the (?:style|vein|spirit) of|as|to|of)\b"
    r"|\bsimilar\b|\bmore (?:of|from|by|like) \w|\ba la\b|\breminiscent\b|\bin the (?:style|vein) of|\bsame (?:vibe|style|feel|mood|artist|band)s? as\b|^like\b|\bsound(?:s|ing)? like\b|\bif i like\b|\bremind"
)
LIKE_THIS = re.compile(
    r"\b(?:more|similar|some|songs?|music|anything|something|stuff)\b.{0,30}\b(?:like|to|as|of) (?:this|that|these|those|it|them)(?: (?:one|ones|song|track|tracks|songs|artist|band|please|music|style|genre|vibe|sound|mix))*\b(?! but)|^(?:more|similar)(?: (?:of|to|like))? (?:this|that|these|those|it)\b|\bmore similar\b|\bsimilar (?:songs|ones|tracks|music|artists)\b"
)
LONGER = re.compile(
    rf"\b(?:longer|shorter|lengthen|extend|shorten|trim|twice as (?:long|many)|half as (?:long|many)|double|halve|too (?:long|short|many|few)|(?:a )?(?:few|couple|bunch) more(?: {SONGS})?$|not enough {SONGS})\b|\b(?:a )?few(?:er)? {SONGS}\b"
    rf"|{POLITE}(?:can i (?:get|have) |could i (?:get|have) |give me |add |i need |i want |show me |some )*(?:some |a few |even |many |lots )?more(?: {SONGS})?(?: (?:please|now|thanks))*[.! ]*$"
)
REFINING = re.compile(
    r"\b(?:make (?:it|this|that|them|the (?:list|playlist|music|songs?|mood|vibe|whole thing))|same\b|add\b|throw in|mix in|include|how about|what about|switch to|let'?s (?:go|have|try|get|add|make|move|keep|switch|hear|do|see)|can we (?:have|get|add|go|try|make)|instead|as well|too\b$|keep (?:it|the|this|that)|"
    r"give it|more\b|take it|move (?:it|away|towards?)|it should|should be|this (?:is|list)|these are|they'?re|these (?:songs|tracks)|it'?s|it is|turn it|bring|put (?:some|in)|swap|replace|next version|could be|needs?\b(?! to)|a (?:bit|touch|little)|another|also)"
)
CONTENT_FREE = frozenset(
    "a an the some any all only just no not none nothing never without with and or but of in on by from for to it its this that these those there here is are be was i me my "
    "we us you please want need like would could can give make keep show get have let lets music song songs track tracks tune tunes playlist list stuff one ones thing things "
    "something anything more less than under over below above between around about at least most max min maximum minimum before after since until bpm beats per minute minutes "
    "hour hours an half tempo year years decade decades era early late mid released release versions version recordings live studio explicit clean instrumental instrumentals vocals "
    "vocal lyrics singing words language artists artist bands band same still exclude avoid leave out must should don't dont i'd i'm im that's don't include play hear new newer old older recent "
    "late latest current modern friendly family kid kids swearing swear cursing profanity strictly purely exclusively limit up down max. ok okay thanks now then into sung "
    "released out so long short total time length exactly around roughly".split()
) | set(LANGUAGES)  # fmt: skip
COMMAND_FROM = 0.5
"""A command (undo, save, play, ...) that only the model sees needs this probability; below, the words describe."""
UNSURE = 0.16
"""Below this, in a short text, no intent is likely enough."""
MOVES_ONLY = frozenset(FEATURES) - {"valence", "energy", "mode"} | {"familiarity"}
"""Features that describe no feeling: "slow tempo" or "acoustic" alone is a wish about the list."""
STATED = frozenset({"undo", "redo", "save", "play", "scope", "compare", "explain", "keep", "remove", "replace", "length", "more_like"})


@dataclass(frozen=True)
class Words:
    """A sentence with what the other readers found in it. ``text`` is lower case; ``rest`` is what no wish used."""

    text: str
    rest: str
    wants: Sequence[Found]
    limits: Limits
    entities: Sequence[Entity]
    vector: NDArray[np.float32]

    @property
    def refers(self) -> bool:
        """Whether places or names of the list are pointed at."""
        return bool(self.entities)

    @property
    def ordinal(self) -> bool:
        return any(entity.type == "ordinal" for entity in self.entities)

    @property
    def compares(self) -> bool:
        return any(want.firm and want.direction for want in self.wants)

    @cached_property
    def content(self) -> list[str]:
        """Words left that may describe something."""
        said = " ".join(entity.text.lower() for entity in self.entities).split()
        words = re.findall(r"[^\W\d_][\w'-]*", self.rest)
        genres = set(" ".join(self.limits.exclude_genres).split())
        return [word for word in words if word not in CONTENT_FREE and word not in said and word not in genres and len(word) > 1]


def read_intent(words: Words) -> tuple[Intent, float]:
    """The intent and how sure it is, 0..1."""
    if not re.search(r"\w", words.text):
        return "unclear", 1.0
    for intent, pattern in COMPILED:
        if pattern.search(words.text) and not (intent in {"explain", "compare"} and len(words.text.split()) > 25):
            return intent, 0.95
    return _about_tracks(words) or _about_sound(words) or _by_meaning(words)


def _about_tracks(words: Words) -> tuple[Intent, float] | None:
    text = words.text
    if words.refers:
        if words.ordinal and re.match(rf"{POLITE}(?:play|start|put on|let me hear|listen to|i want to hear|hear)\b", text):
            return "play", 0.9
        if REPLACE.search(text):
            return "replace", 0.9
        kept, removed = KEEP.search(text), REMOVE.search(text)
        if kept and not (removed and removed.start() < kept.start()):
            return "keep", 0.9
        if removed and not words.wants:
            return "remove", 0.9
        if removed and words.ordinal:
            return "remove", 0.7
    if FRESH.search(text) and not words.wants and len(words.content) <= 4:
        return "replace", 0.7
    if LIKE_THIS.search(text) or (words.refers and MORE_LIKE.search(text)):
        return "more_like", 0.85
    if re.match(rf"{POLITE}play\b", text) and any(e.type == "track" for e in words.entities):
        return "play", 0.8
    return None


def _about_sound(words: Words) -> tuple[Intent, float] | None:
    asked = set(words.limits.asked())
    if words.compares and not _only_refusals(words):
        return "refine", 0.9
    if not words.wants and LONGER.search(words.text) and len(words.content) <= 4:
        return "length", 0.85
    if asked and asked <= {"count", "minutes"} and not words.wants and len(words.content) <= 1:
        return "length", 0.85
    if re.search(r"\bsame\b(?!.*\bas\b)|\bkeep (?:it|this|that|everything|the (?:vibe|style|mood))\b.*\bbut\b", words.text):
        return "refine", 0.85
    if asked - {"count", "minutes", "include_artists"} and len(words.content) <= 1 and all(want.hard for want in words.wants):
        return "limit", 0.85
    if "include_artists" in asked and REFINING.search(words.text):
        return "refine", 0.7
    if words.wants and REFINING.search(words.text) and len(words.content) <= 3:
        return "refine", 0.75
    if words.wants and not words.content and all(want.feature in MOVES_ONLY for want in words.wants):
        return ("limit" if asked else "refine"), 0.7
    return None


def _only_refusals(words: Words) -> bool:
    """"No drums", "nothing sleepy": every firm wish is an outright refusal, and a limit says so already."""
    return bool(words.limits.asked()) and all(want.hard for want in words.wants)


def _by_meaning(words: Words) -> tuple[Intent, float]:
    chances = intent_probabilities(words.vector)
    intent, chance = max(chances.items(), key=lambda pair: pair[1])
    long = len(words.text.split()) > 14
    if words.wants and intent in {"smalltalk", "unclear", "out_of_scope", "limit", "length"}:
        intent = "refine" if REFINING.search(words.text) else "describe"
    if intent in {"smalltalk", "unclear", "out_of_scope"} and chance < COMMAND_FROM and describes(words.text):
        intent = "describe"
    if words.limits.asked() and intent in {"unclear", "out_of_scope", "smalltalk"}:
        intent = "limit"
    if intent in {"limit", "length"} and not words.limits.asked():
        intent = "refine" if intent == "limit" else "length"
    if intent in STATED and (chance < COMMAND_FROM or long) or intent == "unclear" and len(words.content) > 3:
        intent = "describe"
    if chance < UNSURE and not words.wants and not long and len(words.content) <= 2:
        intent = "unclear"
    return intent, round(chance, 3)  # type: ignore[return-value]
