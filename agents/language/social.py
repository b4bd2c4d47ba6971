"""What is said to a person rather than of music: thanks, complaints, greetings, and questions about who answers."""

from __future__ import annotations

import re

from agents.language.lexicon import sound_words
from core.schemas import Intent

_SOFT = (
    r"(?:oh|wow|ah|ok|okay|yes|yeah|yep|haha|hey|well|and|so|really|very|much|a lot|lots|again|man|dude|dylumo|"
    r"then|now|"
    r"please|all|just|for (?:the|this|your|that|these|everything|all)(?: \w+){0,3}|guys?|mate|buddy|!+|to you|"
    r"indeed|truly|"
    r"absolutely|a million|a bunch|that's all|it all)"
)
_PRAISED = (
    r"(?:great|perfect|amazing|awesome|fantastic|wonderful|brilliant|excellent|lovely|beautiful|nice|cool|good|superb|"
    r"fabulous|spot on|exactly (?:right|it|this|that|what i (?:wanted|was looking for|needed|meant))|"
    r"just (?:right|what i "
    r"(?:wanted|"
    r"needed))|better|fun|the best|gorgeous|incredible|fine)"
)
_THANKS = (
    r"(?:thanks?(?: you)?(?: so much| very much| a lot)?|thx|ty|cheers|much appreciated|i appreciate (?:it|that|this)|"
    r"(?:i |we )?(?:really |absolutely |do |just )?(?:love|loved|like|liked|adore|enjoy|enjoyed) "
    r"(?:it|this|that|them|these|those|the (?:list|playlist|songs|music|mix)|this (?:list|playlist|mix|one|song)|"
    r"these (?:songs|tracks)|your (?:taste|choices?|picks?))(?: all)?|love it|"
    rf"(?:(?:that|this|it|these|those|they|the (?:list|playlist|songs?|music))(?:'s| is| are|'re| was| were| looks?|"
    rf" sounds?) )?(?:so |really |very |just |all |pretty |absolutely |much )*{_PRAISED}"
    r"(?: (?:list|playlist|job|work|stuff|one|choices?|picks?|songs?|mix|taste|selection|music|too))?|"
    r"you(?:'re| are)(?: so| really)? (?:great|awesome|the best|amazing|good|wonderful|a (?:star|genius|legend))|"
    r"you have (?:good|great|excellent) taste|well done|good (?:job|work)|nice (?:job|work|one)|so far so good|"
    r"sounds good|bravo|that was fun|you nailed it|nailed it|i'm (?:happy|satisfied|pleased)(?: with (?:it|this|"
    r"that))?)"
)
THANKS = re.compile(rf"^(?:{_SOFT}[,.! ]*)*{_THANKS}(?:[,.!; ]+(?:{_SOFT}|{_THANKS}|and|but))*[.! ]*$")

_BAD = (
    r"(?:terrible|terribly bad|awful|horrible|horrid|horrendous|garbage|trash|rubbish|crap(?:py)?|shit(?:ty)?|bullshit|"
    r"sucks?|suck|stupid|useless|worthless|dreadful|atrocious|pathetic|disgusting|ridiculous|lame|nonsense|a joke|"
    r"a disaster|the worst|worst|disappointing|disappointed|unbearable|unlistenable|bad|really bad|not good|no good|"
    r"cringe|trashy|hideous|annoying|wrong|all wrong|completely wrong|idiotic|moronic|dumb|a mess|not (?:good|great|it|"
    r"right|what i (?:asked for|asked|wanted|meant|said)))"
)
_IT = (
    r"(?:this|that|it|these|those|they|you|your (?:taste|music|choices?|picks?|songs?|list|recommendations?|"
    r"suggestions?)|"
    r"(?:this|that|the|these|those|all these|all of these|all of this|most of (?:these|this)) ?(?:(?:whole |entire )?"
    r"(?:list|playlist|songs?|music|tracks?|selection|choices?|mix|stuff|app|site|thing|result|ones?))?)"
)
COMPLAINTS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"^(?:\w+[,.! ]+){{0,3}}{_IT}(?:'s| is| are|'re| was| were| sounds?| looks?| feels?)? (?:so |really |"
        rf"very |just |"
        rf"absolutely |totally |completely |all |pretty |quite |a bit |such |fucking |bloody |simply |still |kind of )*"
        rf"(?:a |an |the )?{_BAD}(?: (?:list|playlist|songs?|music|choices?|mix|taste|shit|too|again|man|for me|"
        rf"to me))*"
        r"[.! ]*(?:,.*)?$",
        rf"^(?:what (?:a|an) |such (?:a |an )?|so |really |absolutely |totally |just |pretty |ugh[,. ]+|wow[,. ]+)*"
        rf"(?:(?:load|bunch|pile) of )?{_BAD}(?: (?:list|playlist|songs?|music|choices?|mix|taste|app|job|work|"
        r"selection|thing|stuff|ever|bot|machine|robot|recommendations?|suggestions?))*[.! ]*$",
        r"^(?:\w+[,.! ]+){0,2}(?:i (?:really |absolutely |just |fucking )?(?:hate|dislike|can'?t stand) |hate |"
        r"i (?:really )?(?:don'?t|do not|didn'?t) (?:really )?(?:like|love|enjoy) )(?:it|this|that|them|these|those|"
        r"(?:this|the|that|your|these|those|any of (?:these|them|this)) ?(?:list|playlist|songs?|music|tracks?|"
        r"selection|choices?|taste|mix)?)(?: at all| much| so much| either)*[.! ]*$",
        r"\b(?:you(?:'re| are)? (?:an? |such an? |so |really |a complete |a total |all |just )*"
        r"(?:idiots?|morons?|stupid|dumb|useless|fools?|"
        r"incompetent|worthless|suck|trash|garbage|pathetic|crap|shit|terrible|awful|ridiculous|a joke|asshole|"
        r"bastard|jerk|"
        r"deaf|clueless|hopeless))\b",
        r"\b(?:fuck (?:you|off|this|that)|screw (?:you|this)|shut up|go to hell|piss off|wtf|what the (?:fuck|hell)|"
        r"bite me|damn you|kiss my)\b",
        r"\b(?:that'?s|this is|it'?s|you(?:'ve)?|these (?:are|aren'?t)) (?:not|n'?t|never) (?:what|the thing) i "
        r"(?:asked|"
        r"wanted|meant|said)|\bnot what i (?:asked|wanted|meant|said)|\b(?:that'?s|this is) not it\b|"
        r"\byou (?:didn'?t|don'?t|never|did not) (?:understand|listen|get (?:it|me|what)|do what|hear me)|"
        r"\b(?:worst|crappiest) (?:\w+ )?(?:list|playlist|songs?|music|taste|app|recommendations?) ?(?:ever)?\b|"
        r"^the (?:mood|feeling|atmosphere|vibe|style|genre)(?:'s| is| seems| feels)? (?:all |just |completely |so )?"
        r"(?:wrong|off|not right|bad)[.! ]*$",
        r"\byou (?:\w+ )?(?:have|had|got) (?:absolutely )?no (?:idea|clue|taste|ear)\b|"
        r"\bmy ears (?:hurt|are bleeding)\b|\bno taste\b|\b(?:doesn'?t|does not|don'?t) (?:fit|match|go with|suit) "
        r"(?:my |the |this )?(?:photo|picture|image|mood)? ?(?:at all)?[.! ]*$",
    )
)
IDENTITY = re.compile(
    r"\b(?:who|what) (?:the hell )?are you\b|\bwhat(?:'s| is) your name\b|\bare you (?:an? )?(?:human|robot|bot|ai|"
    r"machine|real|person|computer|program|chatgpt|llm|alive)\b|\bwho (?:made|built|created|wrote) you\b|"
    r"\bwhat(?:'s| is) (?:dylumo|this(?: app| site| thing)?)\s*\??$|\btell me about yourself\b|\bintroduce yourself\b"
)
HELP = re.compile(
    r"\bwhat (?:can|else can|do) you do\b|\bhow (?:does (?:this|it) work|do (?:i|you) (?:use|work)(?: this| it)?)\b|"
    r"^(?:please )?help(?: me)?(?: please)?[.!? ]*$|\bwhat can i (?:say|ask|do|type)\b"
)
GREETING = re.compile(
    r"^(?:(?:hi|hello|hey|howdy|yo|hiya|greetings|good (?:morning|evening|afternoon|night|day)|what'?s up|sup|bye|"
    r"goodbye|see (?:you|ya)(?: later| soon| tomorrow)?|how are you(?: doing)?(?: today)?|how'?s it going|"
    r"nice to meet you|there|dylumo|everyone|again|friend|buddy)[,.!? ]*)+$"
)


def social_intent(text: str) -> Intent | None:
    """``thanks``, ``complaint`` or ``smalltalk``, where the whole sentence (lower case) is that; else None."""
    text = text.strip()
    if IDENTITY.search(text) or HELP.search(text) or GREETING.match(text):
        return "smalltalk"
    if any(pattern.search(text) for pattern in COMPLAINTS) and not _asks_for_sound(text):
        return "complaint"
    if THANKS.match(text):
        return "thanks"
    return None


_ASKS = re.compile(r"\b(?:more|less|too|make|want|need|give|play|add|remove|replace|keep|something|instead|"
                   r"without|only|"
                   r"faster|slower|calmer|happier|sadder|enough|change|swap|drop|skip)\b")  # fmt: skip


def _asks_for_sound(text: str) -> bool:
    """Whether a complaint says what it wants instead: "this is awful, something calmer please"."""
    return any(
        word in sound_words() or _ASKS.fullmatch(word) for word in re.findall(r"[a-z'-]+", text) if word not in _BARE
    )


_BARE = frozenset(
    [
        "bad",
        "terrible",
        "awful",
        "pathetic",
        "disgusting",
        "hideous",
        "dumb",
        "a",
        "joke",
        "right",
        "cool",
        "love",
        "good",
        "happy",
        "great",
    ]
)
