"""Does it do what people say? Sentences and conversations of strangers, judged by what a fair judge insists on.

The conversations run on the editor's songs in a database of their own, by the rules, as ``recommend --say`` runs them.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from agents.board import Order
from agents.conversations.in_memory import LocalTeam, Said, Talk
from agents.language.parser import read_words
from agents.management.picture_file import read_picture_file
from core.schemas import dump
from core.stats.intervals import wilson
from lab.benchmarks._figures import machine
from lab.datasets import understanding
from lab.datasets.understanding import Conversation, Known, Turn
from lab.scratch_database import own_database
from recommender.library.importers.editor_songs import load_songs
from recommender.models import Track


def run(sentences: int = 240, conversations: int = 60) -> dict[str, Any]:
    told: dict[str, Any] = {"sentences": {}, "intents": {}, "turns": {}, "conversations": {}}
    read = [(one, read_words(one.text)) for one in understanding.sentences()[:sentences]]
    with own_database():
        load_songs()
        talked = [(one, held(one)) for one in understanding.conversations()[:conversations]]
    for half, tuned in (("held out", False), ("tuned on", True)):
        chosen = [(one, reading) for one, reading in read if one.tuned == tuned]
        right = sum(not understanding.misread(one, reading) for one, reading in chosen)
        told["sentences"][half] = _share(right, len(chosen))
        told["intents"][half] = _share(sum(reading.intent in one.intents for one, reading in chosen), len(chosen))
        turns = [wrong for one, wrongs in talked if one.tuned == tuned for wrong in wrongs]
        told["turns"][half] = _share(sum(not wrong for wrong in turns), len(turns))
        whole = [not any(wrongs) for one, wrongs in talked if one.tuned == tuned]
        told["conversations"][half] = _share(sum(whole), len(whole))
    told["by_language"] = _by_language(
        [(one.language, not understanding.misread(one, reading)) for one, reading in read if not one.tuned]
    )
    return told | {"machine": machine()}


def _share(hits: int, n: int) -> dict[str, Any]:
    told: dict[str, Any] = dump(wilson(hits, n))
    return told


def _by_language(judged: list[tuple[str, bool]]) -> dict[str, Any]:
    right, total = Counter(language for language, fine in judged if fine), Counter(language for language, _ in judged)
    return {language: _share(right[language], total[language]) for language in total}


def held(conversation: Conversation) -> list[list[tuple[Any, ...]]]:
    """By turn, what a judge objects to."""
    talk = Talk(start=Order(), work=LocalTeam(strategy="hierarchical", read=read_picture_file).work)
    turns: list[Turn] = []
    wrongs = []
    for say, checks in conversation.turns:
        turns.append(_turn(talk.say(say)))
        known = _known(turns[-1])
        wrongs.append([check for check in checks if understanding.failed(check, turns, known)])
    return wrongs


def _turn(said: Said) -> Turn:
    return Turn(intent=said.intent, reply=said.reply, brief=said.brief, tracks=said.tracks)


def _known(turn: Turn) -> dict[int, Known]:
    rows = Track.objects.filter(pk__in=[track.track_id for track in turn.tracks])
    return {pk: Known(styles or (), year) for pk, styles, year in rows.values_list("pk", "annotation__styles", "year")}
