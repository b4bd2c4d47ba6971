"""The wording that decides an intent by itself, and the cues that help where several things are said."""

from __future__ import annotations

import re

from agents.language.shapes import LANGUAGES, SONGS
from core.schemas import Intent

POLITE = (
    r"^(?:(?:please|ok|okay|no|nope|oops|hmm|actually|well|and|now|then|so|hey|hi|alright|great|"
    "thanks|can you|could you|would you|can we|let's|lets|i want to|i'd like to|i would like to|"
    "just|maybe|cool|nice|sorry|wait|ugh|yeah|yes|but)[,.! ]+)*"
)
IT = r"(?:it|this|that|these|those|them|one|ones)"
LIST = r"(?:list|playlist|version|one|selection|set|mix|songs|tracks|state|result|results|suggestions?)"
THEN = rf"(?:previous|last|old|earlier|original|prior|former|first|other) {LIST}"
SERVICE = (
    r"(?:spotify|youtube(?: music)?|soundcloud|apple music|deezer|tidal|all (?:the )?services|"
    "my (?:account|library|phone|computer))"
)

# In the order they are tried. The first pattern that matches decides.
PATTERNS: tuple[tuple[Intent, str], ...] = (
    (
        "redo",
        rf"{POLITE}(?:re-?do\b|re-?apply|undo (?:the|that|my) undo|un-?undo|go forward|step forward|"
        "(?:bring|put) (?:the|that|this|my) (?:change|edit|new version)s? back)",
    ),
    (
        "undo",
        f"{POLITE}(?:undo|revert|roll ?back|(?:go|step|take me|switch|jump|get me) back(?: (?:one|a|"
        rf"two)(?: steps?)?)?(?: (?:to|please|again|a step)\b.*)?$|back to (?:the )?{THEN}|"
        f"(?:take|put|bring|change|turn|switch) {IT} back|(?:bring|put|get|"
        "give me) (?:me )?back (?:the|my) |restore (?:the|my|that)|reverse (?:that|it|the)|"
        "cancel (?:that|it|the last)|(?:scrap|discard|forget|ignore) (?:that|the|my|this) (?:last |"
        "latest )?(?:change|edit|step|one|request)|never ?mind,? (?:go|put|the|restore))",
    ),
    (
        "undo",
        r"\b(?:liked|preferred|want|prefer) (?:it|the list|them|the|what we had) ?(?:more |"
        rf"better )?(?:{THEN}|before|earlier|the way it was)|"
        r"\b(?:was|were) (?:much |way |so much )?better (?:before|earlier|"
        r"the first time|last time|a (?:moment|minute|second|while) ago)\b|\b(?:return|"
        r"back) to (?:the |how ).*(?:before|previous|last|was)\b|\bthe way it was\b",
    ),
    ("replace", rf"{POLITE}surprise me[.! ]*$"),
    (
        "out_of_scope",
        r"\b(?:ignore|disregard|forget|override) (?:(?:all|any|the|your|my|previous|prior|above|earlier) )+"
        r"(?:instructions?|rules|prompts?)\b|\bsystem prompt\b",
    ),
    ("undo", r"^(?!.*\b(?:don'?t|not|never|can'?t|why|how|what) (?:\w+ )?undo\b)(?:\W*\w+\W+){0,3}undo\b"),
    (
        "save",
        r"\bsave\b(?! (?:me|us|room|a place|the first|the day))|\bexport|\bdownload\b|\bbookmark\b|"
        rf"\b(?:send|push|upload|transfer|copy) (?:{IT}|the (?:list|playlist)|"
        f"everything)? ?(?:over )?to {SERVICE}|"
        rf"\b(?:add|put|move) (?:{IT}|the (?:list|playlist)|(?:them )?all|everything)(?: songs)? (?:to|"
        rf"in|into|on) (?:my )?{SERVICE}|\b(?:store|archive) (?:{IT}|the)|\bkeep (?:this|the|"
        r"that) (?:list|playlist) for\b|\bcreate (?:this|the|that) playlist (?:in|on)",
    ),
    (
        "explain",
        r"\bwhy\b(?! not\b)(?=.*\b(?:this|that|these|those|is|are|did|do|does|you|so|song|track|one|"
        r"first|second|third|it|in|here|pick|chos)\b)|^why\b|\bhow come\b|\bexplain\b|"
        r"\bwhat made you\b|\bjustify\b|\b(?:what's|what is|what was|give me|tell me) (?:the|"
        "your) (?:reason|reasoning|thinking|logic|idea)|"
        r"\bhow (?:did|do|does) (?:you|it|this|that|the \w+ \w+|track \d+|number \d+) (?:choose|pick|"
        r"decide|get to|come up|select|fit|match|relate|find)|\breason(?:s|ing)? (?:for|behind)|"
        r"^(?:and |so |ok |hm+ )*how (?:many|long)\b[^?]*\?|"
        r"\bwhat do(?:es)? (?:you see|the \w* ?score|this score|the number)|\bhow is .* (?:related|"
        "connected|a match)",
    ),
    (
        "compare",
        r"\bcompar(?:e|ison)\b(?! to the old days)|\bdifferen(?:ce|ces)\b|\bdiffers?\b|\bwhich (?:one|"
        r"ones|song|track|of|list|version|is|has)\b|\bwhat(?:'s| is| has|) (?:changed|new|"
        r"different)\b|\bside by side\b|\b(?:versus|vs\.?)\b|"
        r"\bis (?:it|this|the new (?:list|one)|track \d+|the \w+ one) (?:better|worse|\w+er|"
        r"more \w+) than\b",
    ),
    (
        "play",
        f"{POLITE}(?:pause|resume|shuffle|(?:press |hit )?(?:play|stop|start|unpause|mute|"
        f"rewind)(?: (?:{IT}|now|please|again|the (?:music|list|playlist|song|queue)|playing|playback|"
        "from the (?:top|start|beginning)))*|(?:next|previous|skip)(?: (?:song|track|one|ahead|"
        "forward|this|it|this (?:song|track|one)))*|"
        "(?:start|play) (?:it |the (?:list|playlist|music) )?(?:from|at) (?:the )?(?:top|start|"
        "beginning))[.! ]*(?:please)?$",
    ),
    (
        "scope",
        r"\b(?:only|just|stay|search|look|pick|recommend|choose|use|draw|switch|stick|limit|restrict|"
        r"take|find)\b.*\b(?:from|in|within|inside|to|on|with|at|through)? ?(?:my|our) (?:own |"
        r"\w+ )*(?:library|playlists?|likes|liked songs|saved songs|collection|favou?rites|files|"
        r"music|list|tracks|songs)\b|"
        r"\b(?:search|look|check|try|use|browse) (?:on |in |for (?:it|them|this) (?:on|in) |through |"
        rf"from |also (?:on |in )?)?(?:the )?{SERVICE}|\b(?:only|just) (?:on|from|in) {SERVICE}|"
        r"\bmy (?:liked|saved) songs\b|\bmusic (?:that )?i (?:already )?own\b|"
        r"\bfrom my (?:own )?(?:library|collection|playlists?|files)|\b(?:outside|"
        r"beyond) (?:of )?my (?:library|playlists?|collection)|\bsearch (?:everywhere|all|everything)|"
        r"\blocal files\b",
    ),
)
COMPILED = tuple((intent, re.compile(pattern)) for intent, pattern in PATTERNS)

REPLACE = re.compile(
    r"\b(?:replace|swap|exchange|substitute|switch out|switch (?:the|track|song|number)|trade|"
    "change (?:the (?!mood|style|genre|vibe|tempo|feel)|track|song|number)|something (?:else|"
    "different|better) (?:instead|where|in place|for)|another (?:one|song|track)? ?(?:in place|"
    r"instead|for (?:track|number|the))|in place of|instead of (?:the|track|number|song|that))\b"
)
FRESH = re.compile(
    r"\b(?:(?:all )?(?:new|different|other|fresh) (?:songs|ones|tracks|suggestions|picks|options|"
    "list|set)|something else|start over|start again|replace (?:everything|all|them)|try again|"
    r"another (?:set|batch|list)|reshuffle|surprise me|"
    r"(?:don'?t|do not) (?:\w+ )?(?:like|want) (?:any of )?(?:these|those|them|it|this list))\b"
)
KEEP = re.compile(
    r"\b(?:keep|hold on to|hang on to|pin|lock|retain|preserve|stick with|leave (?!out|off)|"
    "don'?t (?:touch|change|remove|replace|lose|drop|swap)|(?:can|should|must|may|has to|"
    r"have to) stay|stays?\b|save a place|make sure .* stays?|is a keeper|are keepers)"
)
REMOVE = re.compile(
    r"\b(?:remove|delete|drop|get rid of|take (?:out|off|away)|take .{1,40} (?:out|off|away)\b|"
    "kick|cut|ditch|lose|throw (?:out|away)|throw .{1,30} (?:out|away)|strike|scrap|bin|erase|"
    "exclude|eliminate|chuck|dump|toss|axe|without the|(?:don'?t|didn'?t|do not|"
    r"did not) (?:\w+ )?(?:like|want|love|care for|enjoy)|"
    r"can'?t stand|hate|not a(?: \w+)? fan of|not feeling|(?:doesn'?t|don'?t|does not|do not) (?:\w+ )?(?:fit|"
    "belong|work)|(?:has|have|needs?|must) to go|has got to go|should go|must go|not the|"
    r"skip (?:the|track|song|number)|no to)\b"
)
MORE_LIKE = re.compile(
    r"\b(?:more|songs?|music|artists?|bands?|tracks?|something|anything|stuff|similar|sounds?|"
    r"sounding|tunes?|else|closer?|vibes?|style|vein|remind\w*|playlists?|ones?|"
    r"feel)\b.{0,40}?\b(?:like|similar to|in the (?:style|vein|spirit) of|as|to|of)\b"
    r"|\bsimilar\b|\bmore (?:of|from|by|like) \w|\ba la\b|\breminiscent\b|\bin the (?:style|"
    r"vein) of|\bsame (?:vibe|style|feel|mood|artist|band)s? as\b|^like\b|\bsound(?:s|"
    r"ing)? like\b|\bif i like\b|\bremind"
)
LIKE_THIS = re.compile(
    r"\b(?:more|similar|some|songs?|music|anything|something|stuff)\b.{0,30}\b(?:like|to|as|"
    "of) (?:this|that|these|those|it|them)(?: (?:one|ones|song|track|tracks|songs|artist|band|"
    r"please|music|style|genre|vibe|sound|mix))*\b(?! but)|^(?:more|similar)(?: (?:of|to|"
    r"like))? (?:this|that|these|those|it)\b|\bmore similar\b|\bsimilar (?:songs|ones|tracks|"
    r"music|artists)\b"
)
LONGER = re.compile(
    r"\b(?:longer|shorter|lengthen|extend|shorten|trim|twice as (?:long|many)|half as (?:long|"
    "many)|double|halve|too (?:long|short|many|few)|(?:a )?(?:few|couple|"
    rf"bunch) more(?: {SONGS})?$|not enough {SONGS})\b|\b(?:a )?few(?:er)? {SONGS}\b"
    f"|{POLITE}(?:can i (?:get|have) |could i (?:get|have) |give me |add |i need |i want |"
    f"show me |some )*(?:some |a few |even |many |lots )?more(?: {SONGS})?(?: (?:please|now|"
    "thanks))*[.! ]*$"
)
REFINING = re.compile(
    r"\b(?:make (?:it|this|that|them|the (?:list|playlist|music|songs?|mood|vibe|whole thing))|"
    r"same\b|add\b|throw in|mix in|include|how about|what about|switch to|let'?s (?:go|have|try|"
    "get|add|make|move|keep|switch|hear|do|see)|can we (?:have|get|add|go|try|make)|instead|"
    r"as well|too\b$|keep (?:it|the|this|that)|"
    r"give it|more\b|take it|change the (?:mood|style|vibe|feel|sound)|"
    r"move (?:it|away|towards?)|it should|should be|this (?:is|list)|"
    "these are|they'?re|these (?:songs|tracks)|it'?s|it is|turn it|bring|put (?:some|in)|swap|"
    r"replace|next version|could be|needs?\b(?! to)|a (?:bit|touch|little)|another|also)"
)
MUSIC = re.compile(rf"\b(?:{SONGS}|music|playlist|something|anything|beats|vibes?|stuff)\b")
_FREE = (
    "a an the some any all only just no not none nothing never without with and or but of in on by from for to it "
    "its this that these those there here is are be was i me my we us you please want need like would could can "
    "give make keep show get have let lets music song songs track tracks tune tunes playlist list stuff one ones "
    "thing things something anything more less than under over below above between around about at least most max "
    "min maximum minimum before after since until bpm beats per minute minutes hour hours half tempo year years "
    "decade decades era early late mid released release versions version recordings live studio explicit clean "
    "instrumental instrumentals vocals vocal lyrics singing words language artists artist bands band same still "
    "exclude avoid leave out must should don't dont i'd i'm im that's include play hear new newer old older recent "
    "latest current modern friendly family kid kids swearing swear cursing profanity strictly purely exclusively "
    "limit up down ok okay thanks now then into sung so long short total time length exactly roughly pls plz super "
    "lot bit"
)
CONTENT_FREE = frozenset(_FREE.split()) | set(LANGUAGES)
"""Words that describe nothing: they ask, limit or hold a sentence together."""
