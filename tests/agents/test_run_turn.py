"""A whole turn as a worker runs it: rows, events, lists and answers that a page can be rebuilt from."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import User
from agents.conversations import revisions, run_turn, turns
from agents.conversations.event_types import BriefMade
from agents.conversations.events import after, announce
from agents.coordination import STRATEGIES
from agents.models import Conversation, Turn
from agents.references import artists_by_name, shared_with_all
from core.schemas import ImageReading, Label, dump
from feedback.models import Reaction
from recommender.models import Playlist, Track
from tests.agents.fakes import team_seeing
from tests.factories import PictureFactory, TrackFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def quiet_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agents.conversations.turns.enqueue", lambda turn_id: None)
    monkeypatch.setattr(run_turn, "team", team_seeing)


@pytest.fixture
def person() -> Any:
    for row in range(6):
        for column in range(6):
            valence, arousal = 0.08 + row * 0.168, 0.08 + column * 0.168
            TrackFactory(
                profile__valence=valence,
                profile__arousal=arousal,
                profile__energy=arousal,
                profile__tempo=70 + 80 * arousal,
            )
    return UserFactory()


def work(turn: Turn) -> Turn:
    claimed = turns.claim(str(turn.pk))
    assert claimed
    run_turn.run_turn(claimed)
    turn.refresh_from_db()
    return turn


def from_photo(person: Any, strategy: str = "hierarchical") -> Turn:
    return work(turns.start(person, pictures=[PictureFactory(owner=person)], strategy=strategy))


def say(turn: Turn, text: str) -> Turn:
    conversation = Conversation.objects.get(pk=turn.conversation_id)
    return work(turns.start(conversation.owner, text=text, conversation=conversation))


def shown(turn: Turn) -> list[int]:
    head = Conversation.objects.get(pk=turn.conversation_id).head
    return [item.track_id for item in head.items.all()] if head else []


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_photo_turn_leaves_everything_the_page_needs(strategy: str, person: Any) -> None:
    turn = from_photo(person, strategy)
    assert (turn.state, turn.error) == ("done", None)
    assert len(shown(turn)) == 12
    assert "warm sunset light" in turn.answer
    assert turn.verdict["kept"] is True
    assert all(step["state"] == "done" for step in turn.steps["agents"].values())
    turn.picture.refresh_from_db()
    assert turn.picture.reading["phrase"].startswith("warm sunset")
    kinds = [frame["kind"] for frame in after(turn.conversation_id, 0)]
    assert kinds[:2] == ["turn.queued", "turn.started"] and kinds[-1] == "turn.done"
    assert kinds.index("reading") < kinds.index("brief") < kinds.index("tracks")


def test_an_event_told_while_the_list_is_written_waits_for_nothing(
    person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Covers that come while the list is written held the conversation and waited for the turn: a deadlock."""
    publish, told = run_turn.versions.publish, []

    def tell(turn_id: Any) -> None:
        told.append(announce(Turn.objects.get(pk=turn_id), BriefMade()))
        connection.close()

    def published(*args: Any, **kwargs: Any) -> Playlist:
        thread = threading.Thread(target=tell, args=[Turn.objects.latest("created").pk], daemon=True)
        thread.start()
        thread.join(20)
        assert not thread.is_alive(), "the event waits for the turn"
        return publish(*args, **kwargs)

    monkeypatch.setattr(run_turn.versions, "publish", published)
    assert from_photo(person).state == "done"
    assert told


def test_streamed_pieces_join_to_the_stored_answer(person: Any) -> None:
    turn = from_photo(person)
    pieces = [f["payload"] for f in after(turn.conversation_id, 0) if f["kind"] == "text.delta"]
    assert "".join(piece["text"] for piece in pieces) == turn.answer
    assert all(turn.answer[piece["at"] :].startswith(piece["text"]) for piece in pieces)


def test_a_wish_changes_the_list_that_is_there_and_says_how(person: Any) -> None:
    first = from_photo(person)
    before = set(shown(first))
    second = say(first, "much more energetic please")
    after_wish = set(shown(second))
    assert second.state == "done"
    assert before != after_wish
    head = Conversation.objects.get(pk=first.conversation_id).head
    assert head and head.parent and head.number == 2 and head.change["came"]
    assert "In: " in second.answer


@pytest.mark.parametrize("who", ["", "Mia"], ids=["the owner", "a guest"])
def test_what_a_guest_asks_for_teaches_nothing_of_the_owners_taste(who: str, person: Any) -> None:
    first = from_photo(person)
    before = set(shown(first))
    turn = work(turns.start(person, text="much more energetic please", conversation=first.conversation, said_by=who))
    assert turn.state == "done" and before - set(shown(turn))
    taught = Reaction.objects.filter(owner=person, kind="refined_away")
    assert taught.exists() is (who == "")


def test_removing_a_track_leaves_the_others_where_they_were(person: Any) -> None:
    first = from_photo(person)
    before = shown(first)
    second = say(first, "remove the second one")
    now = shown(second)
    assert before[1] not in now
    assert [track for track in before if track in now] == before[:1] + before[2:]


def test_undo_and_redo_by_words_walk_the_versions(person: Any) -> None:
    first = from_photo(person)
    original = shown(first)
    changed = shown(say(first, "make it sadder"))
    assert shown(say(first, "undo that")) == original
    assert shown(say(first, "redo")) == changed
    say(first, "drop number 1")
    assert shown(say(first, "back to the first list please")) == original


def test_a_sentence_is_read_after_those_before_it(person: Any) -> None:
    first = from_photo(person)
    sad = say(first, "make it sadder").playlist
    even = say(first, "even more").playlist
    assert sad and even and even.music_brief.valence < sad.music_brief.valence


def test_asking_why_answers_with_the_tracks_own_parts_and_changes_nothing(person: Any) -> None:
    first = from_photo(person)
    before = shown(first)
    second = say(first, "why is the first song in there?")
    title = Conversation.objects.get(pk=first.conversation_id).head.items.first().track.title
    assert title in second.answer and "of 100" in second.answer
    assert shown(second) == before


def test_a_limit_nothing_can_keep_is_said_and_leaves_the_list_as_it_was(person: Any) -> None:
    first = from_photo(person)
    before = shown(first)
    turn = say(first, "nothing over 60 bpm")
    assert shown(turn) == before
    assert "No track here has at most 60 beats a minute, so I left your list as it was." in turn.answer


def test_a_turn_picked_up_after_its_worker_died_ends_with_one_list(person: Any) -> None:
    turn = turns.start(person, pictures=[PictureFactory(owner=person)])
    claimed = turns.claim(str(turn.pk))
    assert claimed

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(turns, "finish", die)
        with pytest.raises(Killed):
            run_turn.run_turn(claimed)
    assert Playlist.objects.count() == 1
    Turn.objects.filter(pk=turn.pk).update(state="queued")
    again = work(turn)
    assert (again.state, again.attempts) == ("done", 2)
    assert Playlist.objects.count() == 1
    frames = after(turn.conversation_id, 0)
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert sum(frame["kind"] == "turn.done" for frame in frames) == 1


def test_a_turn_whose_database_went_away_is_handed_over_as_soon_as_it_is_back(
    person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    turn = turns.start(person, text="calm")
    claimed, take_back, looks = turns.claim(str(turn.pk)), turns._take_back, iter([False, False, True])
    assert claimed

    def away(*_: Any) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    def once_it_is_back(mine: Turn) -> tuple[bool, bool]:
        return take_back(mine) if next(looks) else away() or (False, False)

    monkeypatch.setattr(run_turn, "_answer_turn", away)
    monkeypatch.setattr(turns, "_take_back", once_it_is_back)
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.0)
    with pytest.raises(OperationalError):
        run_turn.run_turn(claimed)
    turn.refresh_from_db()
    assert (turn.state, turn.attempts, list(looks)) == ("queued", 1, [])


def test_one_who_waits_for_the_database_gives_up_and_leaves_the_turn_to_the_sweep(
    person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    claimed = turns.claim(str(turns.start(person, text="calm").pk))
    assert claimed

    def away(_turn: Turn) -> None:
        raise OperationalError

    monkeypatch.setattr(turns, "_take_back", away)
    assert not turns.give_back(claimed, patience=-1.0)
    assert not turns.give_back(Turn(pk=claimed.pk, attempts=7), patience=-1.0), "another worker's meanwhile"


def test_an_empty_catalogue_is_named_and_breaks_nothing() -> None:
    turn = from_photo(UserFactory())
    assert turn.state == "done"
    assert shown(turn) == []
    assert "No track" in turn.answer


def test_a_bare_name_is_looked_for_and_unclear_words_are_asked_about(person: Any) -> None:
    wanted = TrackFactory(artist="Twista", title="Overnight Celebrity")
    turn = from_photo(person)
    assert turn.playlist
    found = say(turn, "Twista")
    assert wanted.pk in shown(found)
    assert found.playlist and found.playlist.brief["scenes"] == turn.playlist.brief["scenes"]
    assert "not sure what to change" in say(turn, "hmm whatever").answer


def test_another_persons_music_is_not_known_by_name(person: Any) -> None:
    TrackFactory(artist="Twista", owner=UserFactory(), source=Track.Source.FILES)
    assert "not sure what to change" in say(from_photo(person), "Twista").answer


def test_what_a_language_model_may_look_up_is_everybodys_catalogue_alone(person: Any) -> None:
    open_to_all = TrackFactory(artist="Twista", title="Overnight Celebrity")
    own = TrackFactory(artist="Twista and the Secret Band", owner=person, source=Track.Source.FILES)
    assert artists_by_name("Twista") == ["Twista"]
    assert artists_by_name("Overnight Celebrity") == ["Twista"]
    assert artists_by_name("the") == artists_by_name("") == []
    assert shared_with_all([own.pk, open_to_all.pk]) == {open_to_all.pk}


def test_words_that_are_hardly_a_scene_leave_the_photo_in_place(person: Any) -> None:
    turn = from_photo(person)
    more, scene = say(turn, "I love them! Let's keep them coming"), say(turn, "a foggy forest at dawn, far away")
    assert turn.playlist and more.playlist and scene.playlist
    assert more.playlist.brief["scenes"] == turn.playlist.brief["scenes"] != scene.playlist.brief["scenes"]


def test_play_lets_the_page_play_the_named_track_that_has_a_sound(person: Any) -> None:
    turn = from_photo(person)
    third = shown(turn)[2]
    Track.objects.filter(pk=third).update(file="/music/third.ogg")
    played = say(turn, "play the third one")
    frames = [frame for frame in after(turn.conversation_id, 0) if frame["kind"] == "play"]
    assert [frame["payload"] for frame in frames] == [{"track": third}]
    assert played.answer == f"Playing “{Track.objects.get(pk=third).title}”."
    assert shown(played) == shown(turn)


def test_play_says_so_when_there_is_nothing_to_hear(person: Any) -> None:
    turn = from_photo(person)
    assert "has no sound here" in say(turn, "play the second one").answer
    assert "None of these tracks has a sound" in say(turn, "play it").answer
    assert all(frame["kind"] != "play" for frame in after(turn.conversation_id, 0))


def test_the_way_a_person_chose_for_such_photos_comes_first_in_the_next_list_and_in_nobody_elses(person: Any) -> None:
    beach = dump(ImageReading(valence=0.7, arousal=0.4, concepts=(Label(name="beach", score=0.9, kind="concept"),)))

    def heard(owner: User) -> tuple[Conversation, list[str]]:
        turn = work(turns.start(owner, pictures=[PictureFactory(owner=owner, reading=beach)]))
        conversation = Conversation.objects.get(pk=turn.conversation_id)
        assert conversation.head
        return conversation, [take.title for take in conversation.head.music_brief.takes]

    usual = heard(UserFactory())[1]
    for _ in range(2):
        conversation, titles = heard(person)
        assert titles == usual
        revisions.hear_as(conversation, 2)
    conversation, titles = heard(person)
    assert titles[0] == usual[1]
    assert conversation.head and conversation.head.music_brief.take == 1
    assert heard(UserFactory())[1] == usual
