"""Three ways to work together: the same results, bounded, and a list even when one of the five fails."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agents.board import Board, Order, Patch, Trouble
from agents.coordination import STRATEGIES
from agents.coordination.base import Stage, Stopped, Unwatched
from agents.findings import finding
from agents.roles.base import Agent
from agents.roles.evaluation import ANOTHER_MOOD
from core.schemas import Limits, WordsReading
from recommender.models import AudioProfile
from tests.agents.fakes import PICTURE, SUNSET, Broken, flipped, team_seeing
from tests.factories import TrackFactory, UserFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.parametrize("strategy", STRATEGIES)]

AGENTS = ["image_analysis", "music_understanding", "mapping", "recommendation", "evaluation"]


@pytest.fixture
def person() -> Any:
    """Somebody with a catalogue over the whole affect plane."""
    for row in range(6):
        for column in range(6):
            valence, arousal = 0.08 + row * 0.168, 0.08 + column * 0.168
            style = ("jazz", "pop", "rock", "folk")[(row + column) % 4]
            TrackFactory(
                genre=style,
                profile__valence=valence,
                profile__arousal=arousal,
                profile__energy=arousal,
                profile__tempo=70 + 80 * arousal,
                profile__genres={style: 0.9},
            )
    return UserFactory()


def run(strategy: str, order: Order, stage: Stage | None = None, **broken: str) -> tuple[Board, Stage]:
    stage = stage or Stage(listener=Unwatched())
    return STRATEGIES[strategy](team_seeing(**broken), Board(order=order), stage), stage


def photo(person: Any, **more: Any) -> Order:
    return Order(person_id=person.pk, pictures=PICTURE, **more)


def off_target(board: Board) -> float:
    assert board.ranked
    tracks = board.ranked.tracks
    return sum(abs((t.valence or 0) - 0.75) + abs((t.arousal or 0) - 0.35) for t in tracks) / len(tracks)


def test_a_photo_becomes_a_judged_list_near_its_mood(strategy: str, person: Any) -> None:
    board, stage = run(strategy, photo(person))
    assert board.reading == SUNSET
    assert board.ranked and len(board.ranked.tracks) == 12
    assert board.verdict and board.verdict.kept
    assert board.troubles == ()
    assert off_target(board) < 0.45
    assert {message.agent for message in stage.messages} == set(AGENTS)


def test_words_alone_need_no_picture(strategy: str, person: Any) -> None:
    words = WordsReading(text="angry and loud", valence=0.2, arousal=0.9)
    board, stage = run(strategy, Order(person_id=person.pk, words=(words,)))
    assert board.ranked and board.brief and board.brief.arousal > 0.7
    assert "image_analysis" not in {message.agent for message in stage.messages}


def test_limits_are_kept_by_every_strategy(strategy: str, person: Any) -> None:
    words = WordsReading(text="under 100 bpm", intent="limit", limits=Limits(tempo_max=100.0, exclude_genres=("pop",)))
    board, _ = run(strategy, photo(person, words=(words,)))
    assert board.ranked
    chosen = AudioProfile.objects.filter(track__in=[track.track_id for track in board.ranked.tracks])
    assert chosen and all(profile.tempo <= 100.0 and "pop" not in profile.genres for profile in chosen)


@pytest.mark.parametrize("how", ["dead", "slow"])
def test_without_any_one_agent_there_is_still_a_list_and_the_loss_is_named(
    strategy: str, how: str, person: Any
) -> None:
    words = WordsReading(text="a quiet evening", valence=0.7, arousal=0.3)
    for agent in AGENTS:
        board, stage = run(strategy, photo(person, words=(words,)), **{agent: how})
        assert [trouble.agent for trouble in board.troubles] == [agent]
        assert board.troubles[0].message.endswith(".")
        assert board.ranked and len(board.ranked.tracks) >= 8, agent
        assert off_target(board) < 0.6, agent
        assert len(stage.messages) <= 8


@pytest.mark.parametrize("agent", ["image_analysis", "mapping"])
def test_a_lie_about_the_mood_is_found_out_by_a_colleague(strategy: str, agent: str, person: Any) -> None:
    board, _ = run(strategy, photo(person), **{agent: "lying"})
    assert off_target(board) < 0.6
    assert agent == "image_analysis" or finding("brief_corrected").text in board.corrections


def test_a_list_on_the_wrong_side_is_named(strategy: str, person: Any) -> None:
    board, _ = run(strategy, photo(person), recommendation="lying")
    assert board.verdict and any(found.params.get("side") == "darker" for found in board.verdict.findings)


class Misled(Broken):
    """Ranks for the brief turned round, by however little."""

    def act(self, board: Board) -> Patch:
        return self.agent.act(replace(board, brief=flipped(board.brief)))


def test_a_list_ranked_for_another_mood_is_named_even_where_the_moods_lie_close(strategy: str, person: Any) -> None:
    nearly_neutral = replace(SUNSET, valence=0.56, moods=())
    for misled in (False, True):
        members = team_seeing(nearly_neutral)
        if misled:
            members["recommendation"] = Misled(members["recommendation"], "misled")
        board = STRATEGIES[strategy](members, Board(order=photo(person)), Stage(listener=Unwatched()))
        assert board.verdict and (ANOTHER_MOOD in board.verdict.findings) is misled


def test_a_list_known_by_words_only_is_judged_without_a_mood_fit(strategy: str) -> None:
    person = UserFactory()
    unheard = {f"profile__{name}": None for name in ("valence", "arousal", "energy", "tempo")}
    playlist = tuple(TrackFactory(**unheard).pk for _ in range(8))
    board, _ = run(strategy, photo(person, scope=playlist))
    assert board.troubles == ()
    assert board.verdict and board.verdict.alignment is None
    assert 0.0 <= board.verdict.satisfaction <= 1.0


def test_who_is_asked_for_by_name_is_not_held_against_the_photos_mood(strategy: str, person: Any) -> None:
    for _ in range(8):
        TrackFactory(artist="Slowdive", profile__valence=0.05, profile__arousal=0.95)
    words = WordsReading(text="only songs by Slowdive", limits=Limits(include_artists=("Slowdive",)))
    board, _ = run(strategy, photo(person, words=(words,)))
    assert board.ranked and {track.artist for track in board.ranked.tracks} == {"Slowdive"}
    assert board.verdict and not {one.code for one in board.verdict.findings} & {"off_target", "weak_picks"}


def test_an_agent_may_only_change_what_is_its_own(strategy: str, person: Any) -> None:
    board, _ = run(strategy, photo(person), evaluation="overreaching")
    assert board.round == 1
    assert [trouble.agent for trouble in board.troubles] == ["evaluation"]


def test_a_finished_step_is_not_done_again_when_a_turn_is_picked_up(strategy: str, person: Any) -> None:
    first, stage = run(strategy, photo(person))
    again = Stage(listener=Unwatched(), stored=stage.stored)
    board, _ = run(strategy, photo(person), again, image_analysis="dead", mapping="dead")
    assert board.troubles == ()
    assert board.ranked == first.ranked


class Watcher(Unwatched):
    """Stops the turn once an agent has finished."""

    def __init__(self, after: str) -> None:
        self.after, self.seen = after, []

    def proceed(self) -> bool:
        return self.after not in self.seen

    def finished(self, agent: Agent, round: int, ms: float, patch: Patch, board: Board) -> None:
        self.seen.append(agent.name)

    def failed(self, agent: Agent, round: int, trouble: Trouble, board: Board) -> None:
        raise AssertionError(trouble)


def test_a_cancelled_turn_stops_between_steps(strategy: str, person: Any) -> None:
    watcher = Watcher(after="mapping")
    with pytest.raises(Stopped):
        run(strategy, photo(person), Stage(listener=watcher))
    assert "recommendation" not in watcher.seen


def test_a_song_that_cannot_be_heard_is_named_and_the_picture_still_gets_its_list(
    strategy: str, person: Any, tmp_path: Path
) -> None:
    song = tmp_path / "song.mp3"
    song.write_bytes(b"<html>not a song</html>")
    board, _ = run(strategy, photo(person, sound=song))
    assert [(trouble.agent, trouble.code) for trouble in board.troubles] == [("music_understanding", "not_sound")]
    assert board.ranked and len(board.ranked.tracks) == 12
