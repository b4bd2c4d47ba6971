"""Deciding what a request asks Dylumo to do. One interface; the default decides by rules, offline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol

from agents.language.occasions import only_an_occasion
from agents.references import tracks_named
from core.schemas import Entity, MusicBrief, ScoredTrack, WordsReading

Kind = Literal["recommend", "explain", "compare", "undo", "redo", "save", "play", "reply"]


@dataclass(frozen=True, kw_only=True)
class Situation:
    """What is on the table when the words arrive, and what whoever decides may look up.

    ``knows``: whether words name somebody or something that is in the person's catalogue; ``shared``: which of these
    track ids belong to everybody's catalogue; ``look_up``: the artists of everybody's catalogue with such a name or
    such a track, the likeliest first."""

    shown: Sequence[ScoredTrack] = ()
    brief: MusicBrief | None = None
    has_picture: bool = False
    knows: Callable[[WordsReading], bool] = lambda _: False
    shared: Callable[[Sequence[int]], Collection[int]] = lambda _: ()
    look_up: Callable[[str], Sequence[str]] = lambda _: ()


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What to do. ``keep``/``drop``/``like``/``about``: track ids the words pointed at; ``refining``: change the list
    that is shown instead of starting a new one; ``reply``: what to say when there is nothing to do; ``planner``:
    who decided, with a note when that was not the one the owner chose; ``tokens``: what a language model used up."""

    kind: Kind
    words: WordsReading | None = None
    keep: tuple[int, ...] = ()
    drop: tuple[int, ...] = ()
    like: tuple[int, ...] = ()
    about: tuple[int, ...] = ()
    refining: bool = False
    reply: str = ""
    planner: str = "rules"
    note: str = ""
    tokens: int = 0


class Planner(Protocol):
    def decide(self, text: str, situation: Situation) -> Decision: ...


class RulePlanner:
    """Decides from what ``dialogue.read_words`` understood; needs no network and no key."""

    def decide(self, text: str, situation: Situation) -> Decision:
        return decide_by_rules(self.read(text, situation), situation)

    def read(self, text: str, situation: Situation) -> WordsReading:
        """What the words ask for, given what they may point at."""
        from agents.language.parser import DialogueContext, read_words

        context = DialogueContext(
            titles=tuple(track.title for track in situation.shown),
            artists=tuple(dict.fromkeys(track.artist for track in situation.shown)),
        )
        return read_words(text, context=context)


SCENE_FROM, SCENE_WITH_A_NAME = 0.5, 0.75
"""How sure it must be that words describe a scene for a list that is there to give way to a new one. Of every eighth
CPCD dialogue's later requests that read like a scene, three in four are less sure than .44 and none is one; of fifteen
scenes written for the purpose, twelve are surer."""
SMALLTALK = "Glad you are here. Drop a photo or tell me a mood, a scene or a moment, and I will find music for it."
OUT_OF_SCOPE = (
    "That is outside what I can do: I turn pictures and moods into playlists. "
    "Tell me a mood, or how the list should change."
)
UNCLEAR = "I am not sure what to change. Should it be calmer or livelier, happier or sadder, or about certain tracks?"
WHICH_TRACK = "Which track do you mean? Say its number or its name."
NO_LIST = "There is no list yet. Drop a photo, or describe what you would like to hear."
SAVE = (
    "You find it under Export above the list: to a service you connected, as links, or as a file. "
    "The list itself stays here, under Your lists."
)


def decide_by_rules(words: WordsReading, situation: Situation) -> Decision:
    """The decision that follows from an intent; an intent that needs a list asks for one when there is none."""
    if situation.brief is not None and words.intent == "describe":
        words = _about_the_list(words)
    shown = situation.shown
    named = tuple(track.track_id for track in tracks_named(words.entities, shown))
    if words.intent == "more_like" and not named and any(thing.type != "ordinal" for thing in words.entities):
        return Decision(kind="recommend", words=words, refining=situation.brief is not None)  # like what is not shown
    if words.intent in ("unclear", "smalltalk") and situation.knows(words):
        if not words.entities:
            words = replace(words, entities=(Entity(type="artist", text=words.text.strip(" .!?")),))
        return Decision(kind="recommend", words=words, refining=situation.brief is not None)  # a name, and no more
    match words.intent:
        case "smalltalk":
            return Decision(kind="reply", words=words, reply=SMALLTALK)
        case "out_of_scope":
            return Decision(kind="reply", words=words, reply=OUT_OF_SCOPE)
        case "unclear" if not situation.has_picture or shown:
            return Decision(kind="reply", words=words, reply=UNCLEAR)
        case "save" if shown:
            return Decision(kind="reply", words=words, reply=SAVE)
        case "play" if shown and not named and any(thing.type != "ordinal" for thing in words.entities):
            return Decision(kind="recommend", words=words, refining=True)  # what is named is looked for first
        case "play" | "undo" | "redo" | "explain" | "compare" if shown:
            return Decision(kind=words.intent, words=words, about=named)
        case "keep" | "remove" | "replace" | "more_like" if shown:
            return _about_tracks(words, named, shown)
        case (
            "undo" | "redo" | "explain" | "compare" | "save" | "play" | "keep" | "remove" | "replace" | "more_like"
        ) if not situation.has_picture:
            return Decision(kind="reply", words=words, reply=NO_LIST)
    refining = situation.brief is not None and words.intent != "describe"
    return Decision(kind="recommend", words=words, refining=refining)


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
    """keep: everything else may change; remove and replace: only the named go; more_like: towards the named."""
    everything = tuple(track.track_id for track in shown)
    steered = bool(words.wants or words.limits.asked())
    if words.intent == "replace" and not named and not words.entities and not steered:
        return Decision(kind="recommend", words=words, drop=everything, refining=True)
    if not named and not steered:
        return Decision(kind="reply", words=words, reply=WHICH_TRACK)
    match words.intent:
        case "keep":
            drop = () if steered else tuple(t for t in everything if t not in named)
            return Decision(kind="recommend", words=words, keep=named, drop=drop, refining=True)
        case "more_like":
            return Decision(kind="recommend", words=words, keep=named, like=named, refining=True)
        case _:
            keep = tuple(track for track in everything if track not in named) if named else ()
            return Decision(kind="recommend", words=words, keep=keep, drop=named, refining=True)
