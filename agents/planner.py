"""Deciding what a request asks Dylumo to do. One interface; the default decides by rules, offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later

from agents.editing import Slot, resized, slots, sorted_out
from agents.language.occasions import only_an_occasion
from agents.language.social import HELP, IDENTITY
from agents.references import tracks_named
from agents.replies import speaking
from core.schemas import Edit, Entity, MusicBrief, ScoredTrack, WordsReading

Kind = Literal["recommend", "change", "explain", "compare", "undo", "redo", "save", "play", "reply"]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is on the table when the words arrive, and what whoever decides may look up. ``said``: the sentences before,
    oldest first.

    ``knows``: whether words name somebody or something that is in the person's catalogue; ``shared``: which of these
    track ids belong to everybody's catalogue; ``look_up``: the artists of everybody's catalogue with such a name or
    such a track, the likeliest first."""

    shown: Sequence[ScoredTrack] = ()
    brief: MusicBrief | None = None
    has_picture: bool = False
    said: Sequence[str] = ()
    knows: Callable[[WordsReading], bool] = lambda _: False
    shared: Callable[[Sequence[int]], Collection[int]] = lambda _: ()
    look_up: Callable[[str], Sequence[str]] = lambda _: ()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do. ``keep``/``drop``/``like``/``about``: track ids the words pointed at; ``slots``: the places of the
    next list, for a ``change`` of certain tracks; ``count``: how long the list becomes; ``refining``: change the list
    that is shown instead of starting a new one; ``reply``: what to say when there is nothing to do, and ``chips``: what
    may be answered to it with one tap; ``to_first``: an undo goes back to the first version; ``planner``: who decided,
    with a note when that was not the one the owner chose;
    ``tokens``: what a language model used up."""

    kind: Kind
    words: WordsReading | None = None
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    like: tuple[int, ...] = ()
    about: tuple[int, ...] = ()
    slots: tuple[Slot, ...] = ()
    count: int | None = None
    refining: bool = False
    reply: str = ""
    chips: tuple[str, ...] = ()
    to_first: bool = False
    planner: str = "rules"
    note: str = ""
    tokens: int = 0


class Planner(Protocol):
    def decide(self, text: str, situation: Situation) -> Decision: ...


class RulePlanner:
    """Decides from what ``parser.read_words`` understood; needs no network and no key."""

    def decide(self, text: str, situation: Situation) -> Decision:
        words = self.read(text, situation)
        with speaking(words):
            return decide_by_rules(words, situation)

    def read(self, text: str, situation: Situation) -> WordsReading:
        """What the words ask for, given what they may point at."""
        from agents.language import followups
        from agents.language.found import DialogueContext
        from agents.language.parser import read_words
        from agents.language.tongues import language_of

        said = situation.said[-followups.FOLLOWED :]
        context = DialogueContext(
            titles=tuple(track.title for track in situation.shown),
            artists=tuple(dict.fromkeys(track.artist for track in situation.shown)),
            language=language_of(said[-1]) if said else "",
        )
        words = read_words(text, context=context)
        if not said or not followups.may_follow(words):
            return words
        return followups.after(words, followups.all_before([read_words(one, context=context) for one in said]))


SCENE_FROM, SCENE_WITH_A_NAME = 0.5, 0.75
"""How sure it must be that words describe a scene for a list that is there to give way to a new one. Of every eighth
CPCD dialogue's later requests that read like a scene, three in four are less sure than .44 and none is one; of fifteen
scenes written for the purpose, twelve are surer."""
SMALLTALK = later("Hello! Drop a photo or tell me a mood, a scene or a moment, and I will find music for it.")
WHO = later(
    "I am Dylumo, a program that turns pictures and words into music. Show me a photo or describe a moment; "
    "then tell me "
    "how the list should change."
)
ABILITIES = later(
    "Show me a photo or describe a moment, and I make a list for it. Then say what to change: “calmer”, “only jazz”, "
    "“keep the first three and replace the rest”, “add a song with guitar”, “undo”."
)
THANKS = later("Glad you like it. Say so whenever something should change.")
SORRY = later("Sorry that this is not right; I have changed nothing yet. What is off?")
COMPLAINT_CHIPS = (later("The mood is wrong"), later("The style is wrong"), later("Give me other songs"))
WHICH_MOOD = later("Which way should it go?")
MOOD_CHIPS = (later("calmer"), later("livelier"), later("happier"), later("sadder"))
WHICH_STYLE = later("Which style would be better?")
STYLE_CHIPS = ("pop", "rock", "jazz", "classical", "electronic", "soul")
"""Styles to offer where a list has no other take to tell of."""
OFFERED = 4
OUT_OF_SCOPE = later(
    "That is outside what I can do: I turn pictures and moods into playlists. "
    "Tell me a mood, or how the list should change."
)
UNCLEAR = later(
    "I am not sure what to change. Should it be calmer or livelier, happier or sadder, or about certain tracks?"
)
WHICH_TRACK = later("Which track do you mean? Say its number or its name.")
NOT_THERE = later("I do not find “{what}” among these {count}. Say a number or a name.")
NOTHING_LEFT = later("That would leave nothing, so I left the list as it was. To begin anew, describe something else.")
AS_LONG = later("The list has {count} tracks already.")
NO_LIST = later("There is no list yet. Drop a photo, or describe what you would like to hear.")
SAVE = later(
    "You find it under Export above the list: to a service you connected, as links, or as a file. "
    "The list itself stays here, under Your lists."
)
NEEDS_A_LIST = frozenset(
    {
        "undo",
        "redo",
        "explain",
        "compare",
        "save",
        "play",
        "keep",
        "remove",
        "replace",
        "reorder",
        "more_like",
        "length",
    }
)
LONGEST_LIST = 100
TO_FIRST = re.compile(
    r"\b(?:first|original|initial|starting) (?:list|version|one|playlist|songs|selection)\b|"
    r"\b(?:undo|revert|reset) (?:everything|all)\b|\bback to (?:the )?(?:start|beginning)\b"
)


def decide_by_rules(words: WordsReading, situation: Situation) -> Decision:
    """The decision that follows from an intent; an intent that needs a list asks for one when there is none."""
    if situation.brief is not None and words.intent == "describe":
        words = _about_the_list(words)
    shown = situation.shown
    named = tuple(track.track_id for track in tracks_named(words.entities, shown))
    if words.intent == "more_like" and not named and any(thing.type != "ordinal" for thing in words.entities):
        return Decision(kind="recommend", words=words, refining=situation.brief is not None)  # like what is not shown
    if words.intent in ("unclear", "smalltalk") and not _talk(words) and situation.knows(words):
        if not words.entities:
            words = replace(words, entities=(Entity(type="artist", text=words.text.strip(" .!?")),))
        return Decision(kind="recommend", words=words, refining=situation.brief is not None)  # a name, and no more
    if reply := _reply(words, situation):
        return reply
    if words.intent in ("undo", "redo") and situation.brief is not None:
        said = (words.english or words.text).lower()
        return Decision(kind=words.intent, words=words, to_first=bool(TO_FIRST.search(said)))
    if shown and (change := _change(words, situation)):
        return change
    match words.intent:
        case "save" if shown:
            return Decision(kind="reply", words=words, reply=_(SAVE))
        case "play" if shown and not named and any(thing.type != "ordinal" for thing in words.entities):
            return Decision(kind="recommend", words=words, refining=True)  # what is named is looked for first
        case "play" | "explain" | "compare" if shown:
            return Decision(kind=words.intent, words=words, about=named)
        case "keep" | "remove" | "replace" | "more_like" if shown:
            return _about_tracks(words, named, shown)
        case intent if intent in NEEDS_A_LIST and not situation.has_picture and not _describes(words, situation):
            return Decision(kind="reply", words=words, reply=_(NO_LIST))
    refining = situation.brief is not None and words.intent != "describe"
    return Decision(kind="recommend", words=words, refining=refining)


def _talk(words: WordsReading) -> bool:
    said = (words.english or words.text).lower()
    return words.intent == "smalltalk" and bool(IDENTITY.search(said) or HELP.search(said))


def _describes(words: WordsReading, situation: Situation) -> bool:
    """Whether a sentence about a list can begin one: "play Bohemian Rhapsody", "20 songs"."""
    if situation.brief is not None:
        return True
    return words.intent in ("play", "length", "more_like") and bool(
        words.limits.asked() or words.wants or any(thing.type != "ordinal" for thing in words.entities)
    )


def _reply(words: WordsReading, situation: Situation) -> Decision | None:
    """What is only answered, and changes no music."""
    chips: tuple[str, ...] = ()
    match words.intent:
        case "smalltalk":
            said = (words.english or words.text).lower()
            reply = _(WHO if IDENTITY.search(said) else ABILITIES if HELP.search(said) else SMALLTALK)
        case "thanks":
            reply = _(THANKS if situation.brief is not None else SMALLTALK)
        case "complaint":
            reply, chips = _asked_back((words.english or words.text).lower(), situation)
        case "out_of_scope":
            reply = _(OUT_OF_SCOPE)
        case "unclear" if not situation.has_picture or situation.shown:
            reply = _(UNCLEAR)
        case _:
            return None
    return Decision(kind="reply", words=words, reply=reply, chips=chips)


def _asked_back(said: str, situation: Situation) -> tuple[str, tuple[str, ...]]:
    """What a complaint is answered with, and what may be tapped: what is wrong first, then what instead."""
    if not situation.shown:
        return _(SORRY), ()
    if re.search(r"\b(?:mood|feeling|atmosphere|vibe)\b", said):
        return _(WHICH_MOOD), tuple(map(_, MOOD_CHIPS))
    if re.search(r"\b(?:style|genre|kind of music)\b", said):
        return _(WHICH_STYLE), tuple(_("play {style}").format(style=style) for style in _other_styles(situation.brief))
    return _(SORRY), tuple(map(_, COMPLAINT_CHIPS))


def _other_styles(brief: MusicBrief | None) -> tuple[str, ...]:
    """The leading styles of the takes that were not chosen, else styles that everybody knows."""
    takes = brief.takes if brief else ()
    chosen = set(takes[brief.take - 1].styles) if brief and 0 < brief.take <= len(takes) else set()
    others = [max(take.styles, key=take.styles.__getitem__) for take in takes if take.styles]
    unheard = list(dict.fromkeys(style for style in (*others, *STYLE_CHIPS) if style not in chosen))
    return tuple(unheard[:OFFERED])


def _change(words: WordsReading, situation: Situation) -> Decision | None:
    """A change of certain tracks, or of the list's length, that leaves every other track where it is; None where the
    words wish for more than that."""
    shown = situation.shown
    if words.intent == "length" and not words.wants and (count := _length(words, len(shown))):
        if count == len(shown):
            return Decision(kind="reply", words=words, reply=_(AS_LONG).format(count=count))
        return Decision(kind="change", words=words, slots=resized(shown, count), refining=True)
    if not (edits := words.edits or _edits_of(words, shown)):
        return None
    local = words.local or not words.edits
    done = sorted_out(edits, shown)
    if done.missed:
        return Decision(kind="reply", words=words, reply=_(NOT_THERE).format(what=done.missed[0], count=len(shown)))
    everything = {track.track_id for track in shown}
    gone = tuple(shown[place].track_id for place in sorted(done.removed | done.replaced))
    if (words.wants or words.limits.asked()) and not local:
        count = len(shown) - len(done.removed) + done.added
        keep = tuple(shown[place].track_id for place in sorted(done.kept))
        return (
            Decision(kind="recommend", words=words, keep=keep, drop=gone, count=count, refining=True)
            if count > 0
            else Decision(kind="reply", words=words, reply=_(NOTHING_LEFT))
        )
    places = slots(edits, shown)
    if not places:
        return Decision(kind="reply", words=words, reply=_(NOTHING_LEFT))
    if len(places) > LONGEST_LIST:
        places = places[:LONGEST_LIST]
    return Decision(kind="change", words=words, slots=places, drop=tuple({*gone} & everything), refining=True)


def _edits_of(words: WordsReading, shown: Sequence[ScoredTrack]) -> tuple[Edit, ...]:
    """The edit that an intent and the places it names make, where a reading has no edits of its own."""
    named = {track.track_id for track in tracks_named(words.entities, shown)}
    places = ", ".join(str(place) for place, track in enumerate(shown, 1) if track.track_id in named)
    match words.intent:
        case "keep" | "remove" | "replace" if places:
            return (Edit(verb=words.intent, what=places),)
        case "add":
            return (Edit(verb="add", count=words.limits.count or 1),)
    return ()


def _length(words: WordsReading, now: int) -> int | None:
    """How many tracks are asked for, where nothing but the length is."""
    if set(words.limits.asked()) - {"count"}:
        return None
    if words.limits.count:
        return min(words.limits.count, LONGEST_LIST)
    if words.longer is None:
        return None
    step = 1 if words.longer > 1 else -1
    return max(1, min(LONGEST_LIST, round(now * words.longer) if round(now * words.longer) != now else now + step))


def _about_the_list(words: WordsReading) -> WordsReading:
    """What reads like a scene, but is rather said of the list that is there: then what the list is made from stays.

    What the music is for moves a list as a moment does; a name is looked for; words that are hardly a scene count as a
    wish, and move the mood only where they ask for nothing else.
    """
    named = any(thing.type != "ordinal" for thing in words.entities)
    occasion = only_an_occasion(words.text)
    if not occasion and words.confidence >= (SCENE_WITH_A_NAME if named else SCENE_FROM):
        return words
    words = replace(words, intent="refine")
    asks = named or occasion or words.wants or words.limits.asked()
    return replace(words, valence=None, arousal=None) if asks else words


def _about_tracks(words: WordsReading, named: tuple[int, ...], shown: Sequence[ScoredTrack]) -> Decision:
    """What no edit tells: more like the named ones; another list ("surprise me"); or it must be asked which."""
    steered = bool(words.wants or words.limits.asked())
    if words.intent == "more_like" and (named or steered):
        return Decision(kind="recommend", words=words, keep=named, like=named, refining=True)
    if words.intent == "replace" and not words.entities and not steered:
        everything = tuple(track.track_id for track in shown)
        return Decision(kind="recommend", words=words, drop=everything, refining=True)
    if steered:
        return Decision(kind="recommend", words=words, refining=True)
    return Decision(kind="reply", words=words, reply=_(WHICH_TRACK))
