"""The REST API: what the pages can do, for programs; one's own things only; every error in one shape."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from PIL import Image

from accounts import api_tokens
from accounts.models import User
from accounts.throttling import PersonThrottle
from agents.conversations import events, turns
from agents.conversations.event_types import BriefMade, PeopleChanged, TurnCancelled
from agents.models import Conversation, IdempotencyKey, Turn
from core.schemas import MusicBrief, dump
from recommender.models import Picture
from tests.factories import (
    ConversationFactory,
    GuestFactory,
    PictureFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    TrackFactory,
    TrackLinkFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
ALL = "/api/v1/conversations/"


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The turns handed to workers; none runs."""
    handed: list[str] = []
    monkeypatch.setattr("agents.conversations.turns.enqueue", handed.append)
    return handed


@pytest.fixture(autouse=True)
def rates(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The rates in force: high enough that no other test's requests count here."""
    rates = {"ask": "1000/min", "change": "1000/min", "read": "1000/min"}
    monkeypatch.setattr(PersonThrottle, "THROTTLE_RATES", rates)
    return rates


def program_of(person: User, **options: Any) -> Client:
    """A program with a token of the person's."""
    return Client(headers={"Authorization": f"Bearer {api_tokens.make(person, 'test')[1]}"}, **options)


def page_of(guest: User) -> Client:
    """A browser in whose session the guest is."""
    browser = Client(enforce_csrf_checks=True)
    browser.get("/")
    session = browser.session
    session["guest"] = guest.pk
    session.save()
    return browser


def photo(colour: str = "orange") -> SimpleUploadedFile:
    data = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(data, "JPEG")
    return SimpleUploadedFile("photo.jpg", data.getvalue())


def talk(owner: User, tracks: int = 3) -> Conversation:
    """A finished conversation with a list, and more of the catalogue around it."""
    picture = PictureFactory(owner=owner, reading={"valence": 0.7, "arousal": 0.3})
    brief = dump(MusicBrief(valence=0.7, arousal=0.3, count=tracks)) | {"vector": [0.0] * 384}
    playlist = PlaylistFactory(owner=owner, picture=picture, brief=brief)
    for place in range(tracks):
        track = TrackFactory(title=f"Title {place}", profile__valence=0.7 + 0.01 * place, profile__arousal=0.3)
        parts = [{"name": "valence", "value": 0.912345, "weight": 1.0}]
        PlaylistItemFactory(
            playlist=playlist, track=track, position=place, score=90 - place, parts=parts, reason="Calm."
        )
    for place in range(tracks):
        TrackFactory(title=f"Other {place}", profile__valence=0.7, profile__arousal=0.32)
    made: Conversation = ConversationFactory(owner=owner, picture=picture, head=playlist)
    TurnFactory(conversation=made, number=1, state="done", playlist=playlist, answer="Here you are.", picture=picture)
    return made


def code(answer: Any) -> tuple[int, str]:
    """Status and code of an error, whose shape is checked."""
    error = answer.json()["error"]
    assert answer["Content-Type"] == "application/json"
    assert set(error) == {"code", "message", "hint"} and all(isinstance(value, str) for value in error.values())
    assert error["message"]
    return answer.status_code, error["code"]


# --- asking


def test_a_picture_and_words_begin_a_conversation(
    queued: list[str], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    ada = UserFactory()
    with django_capture_on_commit_callbacks(execute=True):
        answer = program_of(ada).post(ALL, {"picture": photo(), "text": "calm", "strategy": "blackboard"})
    told = answer.json()
    turn = Turn.objects.get()
    assert answer.status_code == 201
    assert answer["Location"] == f"{ALL}{turn.conversation_id}/"
    assert told["conversation"]["working"] is True
    assert (told["turn"]["id"], told["turn"]["state"], told["turn"]["strategy"]) == (
        str(turn.pk),
        "queued",
        "blackboard",
    )
    assert turn.conversation.owner == ada
    assert queued == [str(turn.pk)]


def test_words_alone_may_come_as_json(queued: list[str]) -> None:
    answer = program_of(UserFactory()).post(ALL, {"text": "rain on a window"}, content_type="application/json")
    assert answer.status_code == 201
    assert Turn.objects.get().text == "rain on a window"


def test_a_song_travels_with_the_turn(queued: list[str]) -> None:
    song = SimpleUploadedFile("song.mp3", b"sound")
    answer = program_of(UserFactory()).post(ALL, {"picture": photo(), "sound": song})
    assert answer.json()["turn"]["sound"] == "song.mp3"
    with Turn.objects.get().sound.open() as kept:
        assert kept.read() == b"sound"


def test_a_visitor_becomes_a_guest_of_their_session(queued: list[str]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.get("/")
    csrf = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    answer = browser.post(ALL, {"text": "calm"}, headers=csrf)
    assert answer.status_code == 201
    assert Conversation.objects.get().owner.is_guest
    assert [one["id"] for one in browser.get(ALL).json()["results"]] == [answer.json()["conversation"]["id"]]


@pytest.mark.parametrize("guest", [True, False])
def test_a_session_without_its_csrf_token_changes_nothing(queued: list[str], guest: bool) -> None:
    browser = page_of(GuestFactory()) if guest else Client(enforce_csrf_checks=True)
    assert code(browser.post(ALL, {"text": "calm"})) == (403, "csrf_failed")
    assert not Conversation.objects.exists()


def test_a_second_request_waits_for_the_first(queued: list[str]) -> None:
    program = program_of(UserFactory())
    began = program.post(ALL, {"text": "calm"}).json()["conversation"]["id"]
    assert code(program.post(f"{ALL}{began}/turns/", {"text": "slower"})) == (409, "turn_open")
    assert code(program.delete(f"{ALL}{began}/")) == (409, "turn_open")


def test_what_is_said_becomes_the_next_turn(queued: list[str]) -> None:
    ada = UserFactory()
    conversation = talk(ada)
    answer = program_of(ada).post(f"{ALL}{conversation.pk}/turns/", {"text": "slower"})
    assert (answer.status_code, answer.json()["number"]) == (201, 2)
    assert program_of(ada).get(answer["Location"]).json()["text"] == "slower"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, "nothing_asked"),
        ({"text": "a" * 2001}, "bad_text"),
        ({"text": "calm", "strategy": "anarchy"}, "bad_strategy"),
        ({"picture": "words"}, "bad_picture"),
    ],
)
def test_a_wrong_wish_is_named(queued: list[str], sent: dict[str, Any], expected: str) -> None:
    assert code(program_of(UserFactory()).post(ALL, sent)) == (400, expected)
    assert not Conversation.objects.exists()


def test_a_file_that_is_no_picture_is_named(queued: list[str]) -> None:
    answer = program_of(UserFactory()).post(ALL, {"picture": SimpleUploadedFile("photo.jpg", b"no picture")})
    assert code(answer)[0] == 400
    assert not Picture.objects.exists()


def test_a_body_too_large_is_refused_before_it_is_read(settings: LazySettings, queued: list[str]) -> None:
    settings.UPLOAD_BYTES_LIMIT = 10
    big = SimpleUploadedFile("photo.jpg", b"a" * (1024 * 1024 + 100))
    assert code(program_of(UserFactory()).post(ALL, {"picture": big})) == (413, "upload_too_large")


# --- asking once


def test_the_same_key_again_returns_the_same_turn(queued: list[str]) -> None:
    program, key = program_of(UserFactory()), {"Idempotency-Key": str(uuid4())}
    first = program.post(ALL, {"picture": photo(), "text": "calm"}, headers=key)
    again = program.post(ALL, {"picture": photo(), "text": "calm"}, headers=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["turn"]["id"] == again.json()["turn"]["id"]
    assert Turn.objects.count() == 1


def test_a_repeated_say_does_not_run_into_its_own_open_turn(queued: list[str]) -> None:
    ada = UserFactory()
    address, key = f"{ALL}{talk(ada).pk}/turns/", {"Idempotency-Key": "one"}
    said = [program_of(ada).post(address, {"text": "slower"}, headers=key).json()["id"] for _ in range(2)]
    assert said[0] == said[1]


def test_a_key_used_for_something_else_is_refused(queued: list[str]) -> None:
    program, key = program_of(UserFactory()), {"Idempotency-Key": "one"}
    program.post(ALL, {"text": "calm"}, headers=key)
    assert code(program.post(ALL, {"text": "lively"}, headers=key)) == (409, "idempotency_key_reused")


def test_two_people_may_use_the_same_key(queued: list[str]) -> None:
    for _ in range(2):
        answer = program_of(UserFactory()).post(ALL, {"text": "calm"}, headers={"Idempotency-Key": "one"})
        assert answer.status_code == 201


def test_a_refused_request_leaves_its_key_free(queued: list[str]) -> None:
    program, key = program_of(UserFactory()), {"Idempotency-Key": "one"}
    assert code(program.post(ALL, {}, headers=key)) == (400, "nothing_asked")
    assert program.post(ALL, {"text": "calm"}, headers=key).status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 201, "schlüssel"])
def test_a_malformed_key_is_named(queued: list[str], key: str) -> None:
    answer = program_of(UserFactory()).post(ALL, {"text": "calm"}, headers={"Idempotency-Key": key})
    assert code(answer) == (400, "bad_idempotency_key")


@pytest.mark.django_db(transaction=True)
def test_the_same_key_at_the_same_time_makes_one_turn(queued: list[str]) -> None:
    program, told, ready = program_of(UserFactory()), [], threading.Barrier(4)

    def post() -> None:
        ready.wait()
        answer = program.post(ALL, {"text": "calm"}, headers={"Idempotency-Key": "one"})
        told.append((answer.status_code, answer.json()["turn"]["id"]))
        connection.close()

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in told) == [200, 200, 200, 201]
    assert len({turn for _, turn in told}) == Turn.objects.count() == IdempotencyKey.objects.count() == 1


# --- one's own things


def test_strangers_find_nothing() -> None:
    conversation = talk(UserFactory())
    head, turn, one = conversation.head, conversation.turns.get(), f"{ALL}{conversation.pk}/"
    assert head
    reads = ["", "picture/", "events/", "turns/", f"turns/{turn.pk}/", "list/", "list/versions/"]
    acts = ["share/", "turns/", f"turns/{turn.pk}/cancel/", f"turns/{turn.pk}/retry/", "list/undo/", "list/redo/"]
    for stranger in (program_of(UserFactory()), page_of(GuestFactory())):
        csrf = {"X-CSRFToken": stranger.cookies["csrftoken"].value} if stranger.cookies else {}
        for address in [one + rest for rest in reads] + [f"/api/v1/lists/{head.pk}/"]:
            assert code(stranger.get(address)) == (404, "not_found")
        assert code(stranger.get(f"/api/v1/lists/{head.pk}/export/csv/")) == (404, "not_found")
        for address in [one + rest for rest in acts]:
            assert code(stranger.post(address, {"text": "calm"}, headers=csrf)) == (404, "not_found")
        for change in ({"valence": 0.2}, {"track": 1}, {"tracks": [1]}):
            name = {"valence": "adjust", "track": "swap", "tracks": "arrange"}[next(iter(change))]
            answer = stranger.post(f"{one}list/{name}/", change, content_type="application/json", headers=csrf)
            assert code(answer) == (404, "not_found")
        assert code(stranger.delete(one, headers=csrf)) == (404, "not_found")
    assert Conversation.objects.filter(pk=conversation.pk).exists()


def test_a_turn_is_found_in_its_own_conversation_only() -> None:
    ada = UserFactory()
    one, other = talk(ada), talk(ada)
    answer = program_of(ada).get(f"{ALL}{one.pk}/turns/{other.turns.get().pk}/")
    assert code(answer) == (404, "not_found")


def test_nobody_is_told_who_they_must_be() -> None:
    answer = Client().get(ALL)
    assert code(answer) == (401, "not_signed_in")
    assert answer["WWW-Authenticate"].startswith("Bearer")


# --- keeping


def test_conversations_come_in_pages_the_latest_first() -> None:
    ada = UserFactory()
    made = [ConversationFactory(owner=ada) for _ in range(3)]
    page = program_of(ada).get(ALL, {"limit": 2}).json()
    assert page["count"] == 3
    assert [one["id"] for one in page["results"]] == [str(made[2].pk), str(made[1].pk)]
    assert program_of(ada).get(page["next"]).json()["results"][0]["id"] == str(made[0].pk)


def test_a_conversation_is_renamed_shared_and_deleted() -> None:
    ada = UserFactory()
    conversation, program = talk(ada), program_of(ada)
    one = f"{ALL}{conversation.pk}/"
    assert program.patch(one, {"title": "Dusk"}, content_type="application/json").json()["title"] == "Dusk"
    assert code(program.patch(one, {"title": ""}, content_type="application/json")) == (400, "bad_title")
    link = program.post(f"{one}share/").json()["shared"]
    assert Client().get(link).status_code == 200
    assert program.delete(f"{one}share/").status_code == 204
    assert Client().get(link).status_code == 404
    assert program.get(one).json()["shared"] is None
    assert program.delete(one).status_code == 204
    assert code(program.get(one)) == (404, "not_found")


def test_what_was_seen_in_the_photo_is_told() -> None:
    ada = UserFactory()
    assert program_of(ada).get(f"{ALL}{talk(ada).pk}/picture/").json()["reading"]["valence"] == 0.7


# --- turns


def test_a_turn_tells_its_agents_answer_and_list() -> None:
    ada = UserFactory()
    conversation = talk(ada)
    turn = conversation.turns.get()
    turn.steps = {"agents": {"mapping": {"title": "Turning", "state": "done", "summary": "Calm.", "ms": 12.5}}}
    turn.verdict = {"alignment": 0.8}
    turn.save()
    [told] = program_of(ada).get(f"{ALL}{conversation.pk}/turns/").json()
    assert (told["state"], told["answer"], told["list"]) == ("done", "Here you are.", str(conversation.head_id))
    assert told["steps"][2] == {
        "agent": "mapping", "title": "Turning", "state": "done", "summary": "Calm.", "ms": 12.5
    }  # fmt: skip
    assert told["verdict"] == {"alignment": 0.8}


def test_a_turn_is_cancelled_and_tried_again(queued: list[str]) -> None:
    program = program_of(UserFactory())
    turn = program.post(ALL, {"text": "calm"}).json()["turn"]
    address = f"{ALL}{turn['conversation']}/turns/{turn['id']}/"
    assert program.post(f"{address}cancel/").json()["state"] == "cancelled"
    again = program.post(f"{address}retry/")
    assert (again.status_code, again.json()["number"], again.json()["text"]) == (201, 2, "calm")


def test_what_did_not_fail_is_not_tried_again() -> None:
    ada = UserFactory()
    turn = talk(ada).turns.get()
    answer = program_of(ada).post(f"{ALL}{turn.conversation_id}/turns/{turn.pk}/retry/")
    assert code(answer) == (409, "not_failed")


# --- events as stored


def test_events_after_a_number() -> None:
    ada = UserFactory()
    turn = talk(ada).turns.get()
    for happened in (PeopleChanged(), BriefMade(), TurnCancelled()):
        events.announce(turn, happened)
    told = program_of(ada).get(f"{ALL}{turn.conversation_id}/events/", {"after": 1}).json()
    assert [(one["seq"], one["kind"], one["turn"]) for one in told] == [
        (2, "brief", str(turn.pk)),
        (3, "turn.cancelled", str(turn.pk)),
    ]


@pytest.mark.parametrize("nonsense", ["-1", "abc", "9" * 30])
@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_nonsensical_number_is_named_in_json(nonsense: str, accept: str) -> None:
    ada = UserFactory()
    address = f"{ALL}{talk(ada).pk}/events/"
    assert code(program_of(ada).get(address, {"after": nonsense}, headers={"Accept": accept})) == (400, "bad_after")


# --- lists


def test_the_list_shows_tracks_parts_and_reasons() -> None:
    ada = UserFactory()
    conversation = talk(ada)
    assert conversation.head
    first = conversation.head.items.get(position=0)
    TrackLinkFactory(track=first.track, service="spotify", url="https://open.spotify.com/track/1")
    told = program_of(ada).get(f"{ALL}{conversation.pk}/list/").json()
    assert [(item["rank"], item["score"]) for item in told["items"]] == [(1, 90.0), (2, 89.0), (3, 88.0)]
    item = told["items"][0]
    assert item["parts"] == [{"name": "valence", "value": 0.9123, "weight": 1.0}]
    assert (item["reason"], item["track"]["title"]) == ("Calm.", "Title 0")
    assert item["track"]["links"] == {"spotify": "https://open.spotify.com/track/1"}
    assert "vector" not in told["brief"]
    assert program_of(ada).get(f"/api/v1/lists/{told['id']}/").json() == told


def test_a_conversation_without_a_list_says_so() -> None:
    ada = UserFactory()
    address = f"{ALL}{ConversationFactory(owner=ada).pk}/list/"
    assert code(program_of(ada).get(address)) == (404, "not_found")
    assert code(program_of(ada).post(f"{address}undo/")) == (409, "no_list")


def test_a_list_is_changed_undone_and_redone_and_every_version_kept() -> None:
    ada = UserFactory()
    conversation, program = talk(ada), program_of(ada)
    address = f"{ALL}{conversation.pk}/list/"
    before = program.get(address).json()
    ids = [item["track"]["id"] for item in before["items"]]

    swapped = program.post(f"{address}swap/", {"track": ids[1]}, content_type="application/json")
    assert swapped.status_code == 201
    now = [item["track"]["id"] for item in swapped.json()["items"]]
    assert (now[0], now[2]) == (ids[0], ids[2]) and now[1] not in ids
    assert [gone["track_id"] for gone in swapped.json()["change"]["left"]] == [ids[1]]

    arranged = program.post(f"{address}arrange/", {"tracks": now[:0:-1]}, content_type="application/json").json()
    assert [item["track"]["id"] for item in arranged["items"]] == [now[2], now[1]]

    assert program.post(f"{address}undo/").json()["id"] == swapped.json()["id"]
    assert program.post(f"{address}undo/").json() == before
    assert code(program.post(f"{address}undo/")) == (409, "no_version")
    assert program.post(f"{address}redo/").json()["id"] == swapped.json()["id"]
    kept = program.get(f"{address}versions/").json()
    assert [one["id"] for one in kept] == [before["id"], swapped.json()["id"], arranged["id"]]


def test_a_moved_point_re_ranks() -> None:
    ada = UserFactory()
    conversation = talk(ada)
    answer = program_of(ada).post(
        f"{ALL}{conversation.pk}/list/adjust/",
        {"valence": 0.2, "off": ["mood:joyful"]},
        content_type="application/json",
    )
    assert answer.status_code == 201
    brief = answer.json()["brief"]
    assert (brief["valence"], brief["switched_off"]) == (0.2, ["mood:joyful"])


@pytest.mark.parametrize(
    ("name", "sent", "expected"),
    [
        ("adjust", {"valence": 2}, "bad_valence"),
        ("adjust", {"valence": "nan"}, "bad_valence"),
        ("adjust", {"off": ["joyful"]}, "bad_off"),
        ("swap", {}, "bad_track"),
        ("swap", {"track": 10**30}, "not_in_list"),
        ("arrange", {"tracks": "1"}, "bad_tracks"),
        ("arrange", {"tracks": [-5]}, "not_in_list"),
    ],
)
def test_a_wrong_change_is_named(name: str, sent: dict[str, Any], expected: str) -> None:
    ada = UserFactory()
    address = f"{ALL}{talk(ada).pk}/list/{name}/"
    assert code(program_of(ada).post(address, sent, content_type="application/json")) == (400, expected)


@pytest.mark.parametrize("form", ["m3u8", "xspf", "jspf", "csv"])
def test_a_list_is_saved_as_a_file(form: str) -> None:
    ada = UserFactory()
    answer = program_of(ada).get(f"/api/v1/lists/{talk(ada).head_id}/export/{form}/")
    assert "Title 0" in answer.content.decode()
    assert answer["Content-Disposition"].endswith(f'.{form}"')


def test_an_unknown_format_is_named() -> None:
    ada = UserFactory()
    assert code(program_of(ada).get(f"/api/v1/lists/{talk(ada).head_id}/export/exe/")) == (400, "unknown_format")


# --- the edges


def test_each_refusal_has_its_code() -> None:
    program = program_of(UserFactory())
    assert code(program.get("/api/v1/nowhere/")) == (404, "not_found")
    assert code(program.post("/api/v1/conversations")) == (404, "not_found")
    assert code(program.put(ALL, {}, content_type="application/json")) == (405, "method_not_allowed")
    assert code(program.post(ALL, "a=b", content_type="text/csv")) == (415, "unsupported_type")
    assert code(program.post(ALL, "{", content_type="application/json")) == (400, "not_readable")
    assert code(program.get(ALL, headers={"Accept": "image/png"})) == (406, "not_acceptable")


def test_the_unexpected_is_an_answer_too_and_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a secret of the inside")

    monkeypatch.setattr(turns, "start", broken)
    answer = program_of(UserFactory()).post(ALL, {"text": "calm"})
    assert code(answer) == (500, "internal")
    assert "secret" not in answer.content.decode()
    assert "ZeroDivisionError" in caplog.text


def test_asking_too_often_is_refused_per_person_with_a_time_to_wait(queued: list[str], rates: dict[str, str]) -> None:
    rates["ask"] = "2/min"
    ada = UserFactory()
    program = program_of(ada)
    assert [program.post(ALL, {"text": "calm"}).status_code for _ in range(2)] == [201, 201]
    refused = program.post(ALL, {"text": "calm"})
    assert code(refused) == (429, "too_many")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert program.get(ALL).status_code == 200
    assert program_of(UserFactory()).post(ALL, {"text": "calm"}).status_code == 201


def test_a_header_does_not_make_a_visitor_somebody_else(rates: dict[str, str]) -> None:
    rates["ask"] = "1/min"
    sent = [Client().post(ALL, {}, headers={"X-Forwarded-For": f"10.0.0.{n}"}).status_code for n in range(2)]
    assert sent[1] == 429


def test_the_api_answers_while_nobody_can_be_counted(settings: LazySettings) -> None:
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1"}
    }
    assert program_of(UserFactory()).get(ALL).status_code == 200


# --- the description


def test_the_description_is_valid_and_complete(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))
    told = (tmp_path / "schema.yml").read_text()
    assert "Idempotency-Key" in told and "text/event-stream" in told and "#/components/schemas/Error" in told


def test_the_docs_come_from_this_site_alone(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert "swagger-ui" in page
    assert "https://" not in page and "http://" not in page.replace("http://testserver", "")
    assert client.get("/api/schema/").status_code == 200


def test_a_track_is_held_against_the_photo() -> None:
    ada = UserFactory()
    made = talk(ada)
    track = TrackFactory(profile__valence=0.7, profile__arousal=0.3)
    told = program_of(ada).get(f"{ALL}{made.pk}/fit/{track.pk}/").json()
    assert 0 <= told["score"] <= 100 and told["reasons"]
    assert {part["name"] for part in told["parts"]} >= {"valence", "arousal", "mood"}
    assert code(program_of(UserFactory()).get(f"{ALL}{made.pk}/fit/{track.pk}/")) == (404, "not_found")
