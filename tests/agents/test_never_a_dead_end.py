"""Whatever is said, in whatever order: the list is never emptied, nothing leaves unsaid, and undo undoes."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agents.board import Order
from agents.conversations.in_memory import Talk
from tests.agents.test_review_table import ids, songs, work  # noqa: F401

pytestmark = pytest.mark.django_db

SAYINGS = """a bit calmer; faster; not too sad; only jazz; play rock; only 90s; nothing before 1995; no jazz; no rock;
no vocals; with vocals please; in Spanish; in French; something by Radiohead; only songs by Artist 3; no Artist 3;
slower than 90 bpm; nothing over 20 bpm; make it 5 songs; make it 20 minutes; make it longer; half as long;
give me 40 songs; remove the first one; remove everything; remove all but the last two; keep only the first one;
keep the first three and replace the rest; replace everything; swap number 4; swap number 99; put the last one first;
reverse the order; shuffle the list; add a song with guitar; add two jazz songs; add some reggaeton; surprise me; undo;
redo; explain the list; why the second one?; compare the first two; thanks; this is terrible; who are you?; hmm;
play it; any style; any year; no limits; more like the first one; without the slow ones; a bit faster and drop number 2;
etwas fröhlicher bitte; garde les trois premiers et remplace le reste; sin voces; only from my own playlist;
what's the weather like?; a stormy night at sea; only live recordings; clean lyrics only; 90s jazz only;
nur Jazz; mach es ruhiger; rückgängig; das gefällt mir nicht; solo de los años 50; quita la última; deshacer; hola;
seulement en italien; enlève tout; annule; c'est nul; tieni solo le ultime due; più allegro; annulla; chi sei?;
só música dos anos 80; troca a terceira; desfazer; obrigado; the mood is wrong; the style is wrong;
tap what is offered"""
PHRASES = [phrase.strip() for phrase in SAYINGS.replace("\n", " ").split(";")]
KEPT_FIRST = {
    "keep the first three and replace the rest": 3,
    "garde les trois premiers et remplace le reste": 3,
    "keep only the first one": 1,
}
"""So many of the first rows stay, where there are as many."""
KEPT_LAST = {"remove all but the last two": 2, "tieni solo le ultime due": 2}


@pytest.fixture
def ground(songs: None) -> None:  # noqa: F811
    """The songs of the review's tests."""


@settings(
    max_examples=5,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(st.sampled_from(PHRASES), min_size=12, max_size=12))
def test_no_conversation_reaches_an_empty_list(ground: None, sayings: list[str]) -> None:
    talk = Talk(start=Order(), work=work)
    before = ids(talk.say("a calm evening by the lake"))
    trail: list[list[int]] = [before]
    ways: list[str] = []
    for saying in sayings:
        text = (ways or ["hmm"])[0] if saying == "tap what is offered" else saying
        made = len(talk.versions)
        head, parent = talk.head, talk.shown.parent if talk.shown else None
        said = talk.say(text)
        now = ids(said)
        assert now, (sayings, text, said.reply)
        assert said.reply and "no list yet" not in said.reply.lower()
        first, last = KEPT_FIRST.get(text, 0), KEPT_LAST.get(text, 0)
        assert now[: min(first, len(before))] == before[:first], (sayings, text)
        assert not last or now == before[-last:], (sayings, text)
        ways = [way for unmet in said.unmet for way in unmet.ways]
        assert max(Counter(now).values()) == 1
        assert {one.track_id for one in said.came} == set(now) - set(before)
        assert {one.track_id for one in said.left} == set(before) - set(now)
        if said.intent == "undo":
            assert talk.head == (head if parent is None else parent)
        elif said.intent != "redo" and len(talk.versions) == made:
            assert now == before, (text, "changed without a version")
        before = now
        trail.append(now)
    while talk.shown and talk.shown.parent is not None:
        parent = talk.versions[talk.shown.parent]
        assert ids(talk.say("undo")) == [track.track_id for track in parent.ranked.tracks]
    assert ids(talk.say("undo")) == trail[0]
