"""What every strategy must do for every kind of request, whoever reads the words: the rules or a language model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import LazySettings

from accounts.models import User
from agents.conversations import run_turn, turns
from agents.coordination import STRATEGIES
from agents.models import Conversation, Turn
from recommender.models import Playlist
from tests.agents.fakes import team_seeing
from tests.agents.llm_server import Answer, ScriptedModel, serving
from tests.factories import PictureFactory, TrackFactory, UserFactory
from tests.recommender.songs import chord_song, encoded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("strategy", STRATEGIES)]

SCENE: Answer = {"intent": "describe", "valence": 0.25, "arousal": 0.2}
CALMER: Answer = {"intent": "refine", "wants": [{"feature": "energy", "direction": -1, "amount": 0.8}]}
WITHOUT: Answer = {"intent": "remove", "entities": [{"type": "ordinal", "text": "the second one"}]}
SLOW: Answer = {"intent": "limit", "limits": {"tempo_max": 110}}


@dataclass
class Talk:
    """One person's conversation, each turn run as a worker runs it."""

    person: User
    strategy: str
    turn: Turn | None = None

    def ask(self, **what: Any) -> Turn:
        conversation = Conversation.objects.get(pk=self.turn.conversation_id) if self.turn else None
        queued = turns.start(self.person, conversation=conversation, strategy=self.strategy, **what)
        claimed = turns.claim(str(queued.pk))
        assert claimed
        run_turn.run_turn(claimed)
        queued.refresh_from_db()
        assert (queued.state, queued.error) == ("done", None)
        self.turn = queued
        return queued

    @property
    def head(self) -> Playlist:
        assert self.turn
        head = Conversation.objects.get(pk=self.turn.conversation_id).head
        assert head
        return head

    @property
    def ids(self) -> list[int]:
        return list(self.head.items.values_list("track_id", flat=True))

    def mean(self, feature: str) -> float:
        values = self.head.items.values_list(f"track__profile__{feature}", flat=True)
        return sum(values) / len(values)


@pytest.fixture(params=["rules", "language model"])
def reader(request: pytest.FixtureRequest, settings: LazySettings) -> Iterator[Callable[..., str]]:
    """Who reads the words; called with what the language model is to answer, gives the planner's name."""
    with ExitStack() as open_servers:

        def read_by(*answers: Answer) -> str:
            if request.param == "rules":
                return "rules"
            script = open_servers.enter_context(serving(ScriptedModel(*answers)))
            settings.AGENT_MODEL, settings.AGENT_MODEL_URL, settings.AGENT_MODEL_KEY = "openai:s", script.url, "k"
            return "openai:s"

        yield read_by


@pytest.fixture
def talk(strategy: str, monkeypatch: pytest.MonkeyPatch) -> Talk:
    monkeypatch.setattr("agents.conversations.turns.enqueue", lambda turn_id: None)
    monkeypatch.setattr(run_turn, "team", team_seeing)
    for row in range(7):
        for column in range(7):
            TrackFactory(
                profile__valence=0.08 + row * 0.14,
                profile__arousal=0.08 + column * 0.14,
                profile__energy=0.08 + column * 0.14,
                profile__tempo=75 + 12 * column + row,
            )
    return Talk(UserFactory(), strategy)


def test_a_photo_then_three_refinements(talk: Talk, reader: Callable[..., str]) -> None:
    name = reader(CALMER, WITHOUT, SLOW)
    talk.ask(pictures=[PictureFactory(owner=talk.person)])
    assert len(talk.ids) == 12
    assert abs(talk.mean("valence") - 0.75) < 0.2

    energy, before = talk.mean("energy"), talk.ids
    calmer = talk.ask(text="a lot calmer please")
    assert talk.mean("energy") < energy
    assert set(talk.ids) & set(before), "what was not mentioned stays"
    assert talk.head.change["left"] and talk.head.change["came"]
    assert calmer.verdict["planner"] == name
    assert (calmer.verdict["tokens"] > 0) == (name != "rules")

    before = talk.ids
    talk.ask(text="remove the second one")
    assert before[1] not in talk.ids
    assert [track for track in before if track in talk.ids] == [before[0], *before[2:]]

    talk.ask(text="nothing over 110 bpm")
    tempos = talk.head.items.values_list("track__profile__tempo", flat=True)
    assert tempos and max(tempos) <= 110
    assert talk.head.number == 4


def test_what_a_list_is_for_leaves_its_photo_in_place(talk: Talk) -> None:
    talk.ask(pictures=[PictureFactory(owner=talk.person)])
    pictured, before = talk.head.brief, talk.ids
    talk.ask(text="make it for a dinner with friends")
    assert talk.head.brief["phrase"] == pictured["phrase"] and talk.head.brief["scenes"] == pictured["scenes"]
    assert {"dinner", "friends"} <= {shift["name"] for shift in talk.head.brief["moment"]}
    assert abs(talk.head.brief["valence"] - pictured["valence"]) < 0.15
    assert set(talk.ids) & set(before)


def test_words_alone(talk: Talk, reader: Callable[..., str]) -> None:
    reader(SCENE)
    turn = talk.ask(text="a lonely grey evening, slow rain on the window")
    assert talk.ids
    assert talk.mean("valence") < 0.5 and talk.mean("arousal") < 0.5
    assert turn.verdict["messages"] and turn.verdict["kept"] is True


def test_a_photo_with_a_song(talk: Talk, reader: Callable[..., str]) -> None:
    reader(SCENE)
    song = encoded(chord_song(key=9, mode=0, tempo=96, seconds=8))
    turn = talk.ask(pictures=[PictureFactory(owner=talk.person)], sound=("mine.wav", song))
    fit = turn.verdict["fit"]
    assert 0 <= fit["score"] <= 100 and fit["reasons"]
    assert {part["name"] for part in fit["parts"]} >= {"valence", "arousal", "mood"}
    assert "Your song and the picture fit" in turn.answer
    assert len(talk.ids) == 12
