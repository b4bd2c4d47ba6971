"""Reactions, ratings and one's taste over the REST API: the pages' verbs, one's own only, twice the same as once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import User
from accounts.throttling import PersonThrottle
from core.schemas import MusicBrief, dump
from feedback.models import ListRating, Reaction
from feedback.taste import reactions
from recommender.models import Playlist
from tests.agents.test_api import code, page_of, program_of
from tests.factories import (
    GuestFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    ReactionFactory,
    TrackFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
REACTIONS, TASTE = "/api/v1/reactions/", "/api/v1/taste/"
JSON = {"content_type": "application/json"}


@pytest.fixture(autouse=True)
def rates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PersonThrottle, "THROTTLE_RATES", dict.fromkeys(("ask", "change", "read"), "1000/min"))


def shown_list(owner: User) -> Playlist:
    brief = dump(MusicBrief(valence=0.5, arousal=0.5)) | {
        "moment": [{"name": "evening", "valence": 0.0, "arousal": -0.1, "words": "for the evening"}],
    }
    made: Playlist = PlaylistFactory(owner=owner, policy="hybrid-mmr-explore0.1+arm7", number=3, brief=brief)
    for place in range(2):
        PlaylistItemFactory(playlist=made, position=place, propensity=0.91)
    return made


def track_in(playlist: Playlist, place: int = 0) -> int:
    return int(playlist.items.values_list("track_id", flat=True)[place])


def taught(person: User) -> None:
    for _ in range(4):
        ReactionFactory(owner=person, track=TrackFactory(profile__genres={"jazz": 1.0}))


def test_a_like_answers_with_the_impression_and_the_same_again_is_the_same() -> None:
    ada = UserFactory()
    program, shown = program_of(ada), shown_list(ada)
    sent = {"track": track_in(shown), "kind": "like", "list": str(shown.pk)}
    first = program.post(REACTIONS, sent, **JSON)
    told = first.json()
    assert first.status_code == 201 and (told["kind"], told["list"]) == ("like", str(shown.pk))
    assert (told["version"], told["position"], told["propensity"]) == (3, 0, 0.91)
    assert (told["variant"], told["moment"]) == ("arm7", ["evening"])
    again = program.post(REACTIONS, sent, **JSON)
    assert (again.status_code, again.json()["id"]) == (200, told["id"]) and Reaction.objects.count() == 1
    changed = program.post(REACTIONS, sent | {"kind": "never_track"}, **JSON)
    assert changed.status_code == 201
    assert [one["kind"] for one in program.get(REACTIONS).json()["results"]] == ["never_track"]
    for _ in range(2):
        assert program.delete(f"{REACTIONS}{changed.json()['id']}/").status_code == 204
    assert program.get(REACTIONS).json()["results"] == []


def test_what_was_played_counts_once_a_key() -> None:
    ada = UserFactory()
    sent = {"track": TrackFactory().pk, "kind": "played", "seconds": 100, "share": 0.9, "event_key": "one"}
    statuses = [program_of(ada).post(REACTIONS, sent, **JSON).status_code for _ in range(2)]
    assert statuses == [201, 200] and Reaction.objects.get().share == 0.9


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"kind": "like"}, (400, "bad_track")),
        ({"track": "x", "kind": "like"}, (400, "bad_track")),
        ({"kind": "adore"}, (400, "bad_kind")),
        ({"kind": "saved"}, (400, "bad_kind")),
        ({"kind": "played", "share": 0.5}, (400, "no_event_key")),
        ({"kind": "played", "share": 2, "event_key": "x"}, (400, "bad_share")),
        ({"kind": "never_sound", "sound": "genre:polka"}, (400, "no_such_sound")),
        ({"kind": "like", "list": "no"}, (400, "bad_list")),
        ({"kind": "like", "list": str(uuid4())}, (404, "not_found")),
    ],
)
def test_a_wrong_reaction_is_named_and_not_kept(sent: dict[str, Any], expected: tuple[int, str]) -> None:
    track = {} if expected[1] == "bad_track" else {"track": TrackFactory().pk}
    answer = program_of(UserFactory()).post(REACTIONS, track | sent, **JSON)
    assert code(answer) == expected and answer.json()["error"]["hint"]
    assert not Reaction.objects.exists()


def test_a_stranger_finds_and_changes_nothing() -> None:
    ada, eve = UserFactory(), program_of(UserFactory())
    shown, mine = shown_list(ada), ReactionFactory(owner=ada)
    hidden = TrackFactory(owner=ada)
    ListRating.objects.create(owner=ada, playlist=shown, stars=5)
    for answer in (
        eve.delete(f"{REACTIONS}{mine.pk}/"),
        eve.post(REACTIONS, {"track": hidden.pk, "kind": "like"}, **JSON),
        eve.post(REACTIONS, {"track": track_in(shown), "kind": "like", "list": str(shown.pk)}, **JSON),
        eve.get(f"/api/v1/lists/{shown.pk}/rating/"),
        eve.put(f"/api/v1/lists/{shown.pk}/rating/", {"stars": 1}, **JSON),
        eve.delete(f"/api/v1/lists/{shown.pk}/rating/"),
    ):
        assert code(answer) == (404, "not_found")
    taught(ada)
    assert eve.get(REACTIONS).json()["results"] == [] and eve.get(TASTE).json()["facts"] == []
    assert eve.post(f"{TASTE}forget-hour/").json() == {"forgotten": 0}
    mine.refresh_from_db()
    assert mine.undone is None and ListRating.objects.get().stars == 5
    for path in (REACTIONS, TASTE):
        assert code(Client().get(path)) == (401, "not_signed_in")


def test_a_guest_reacts_in_their_session_with_its_csrf_token_only() -> None:
    guest = GuestFactory()
    browser, track = page_of(guest), TrackFactory().pk
    assert code(browser.post(REACTIONS, {"track": track, "kind": "like"}, **JSON)) == (403, "csrf_failed")
    csrf = {"X-CSRFToken": browser.cookies["csrftoken"].value}
    assert browser.post(REACTIONS, {"track": track, "kind": "like"}, headers=csrf, **JSON).status_code == 201
    assert Reaction.objects.get().owner == guest and browser.get(TASTE).json()["learning"] is True


def test_stars_and_a_note_stand_once_a_version_until_taken_back() -> None:
    ada = UserFactory()
    program, shown = program_of(ada), shown_list(ada)
    address = f"/api/v1/lists/{shown.pk}/rating/"
    assert code(program.get(address)) == (404, "not_found")
    for _ in range(2):
        told = program.put(address, {"stars": 4, "note": "calm"}, **JSON).json()
    assert (
        (told["stars"], told["note"], told["version"])
        == (4, "calm", 3)
        == tuple(program.get(address).json()[name] for name in ("stars", "note", "version"))
    )
    assert ListRating.objects.count() == 1
    for wrong in ({"stars": 6}, {"stars": 0}, {}, {"stars": "many"}):
        assert code(program.put(address, wrong, **JSON)) == (400, "bad_stars")
    assert code(program.put(address, {"stars": 3, "note": "n" * 501}, **JSON)) == (400, "bad_note")
    assert [program.delete(address).status_code for _ in range(2)] == [204, 204] and not ListRating.objects.exists()


def test_a_taste_is_read_pinned_removed_and_released() -> None:
    ada = UserFactory()
    taught(ada)
    program = program_of(ada)

    def facts(told: Any) -> dict[str, bool]:
        return {fact["target"]: fact["pinned"] for fact in told["facts"]}

    read = program.get(TASTE).json()
    assert facts(read)["genre:jazz"] is False and "jazz" in {fact["words"].split()[-1] for fact in read["facts"]}
    for _ in range(2):
        pinned = program.post(f"{TASTE}facts/", {"target": "genre:jazz", "what": "pin"}, **JSON)
        assert pinned.status_code == 200 and facts(pinned.json())["genre:jazz"] is True
    for _ in range(2):
        removed = program.post(f"{TASTE}facts/", {"target": "genre:jazz", "what": "remove"}, **JSON)
        assert removed.status_code == 200 and removed.json()["removed"] == ["genre:jazz"]
        assert "genre:jazz" not in facts(removed.json())
    released = program.post(f"{TASTE}facts/", {"target": "genre:jazz", "what": "release"}, **JSON).json()
    assert released["removed"] == [] and facts(released)["genre:jazz"] is False
    unknown = program.post(f"{TASTE}facts/", {"target": "genre:polka", "what": "pin"}, **JSON)
    assert code(unknown) == (404, "not_found") and unknown.json()["error"]["hint"]
    assert code(program.post(f"{TASTE}facts/", {"target": "genre:jazz", "what": "eat"}, **JSON)) == (400, "bad_what")


def test_learning_is_paused_and_the_dials_are_set_within_their_ends() -> None:
    ada = UserFactory()
    program, track = program_of(ada), TrackFactory().pk
    for _ in range(2):
        told = program.patch(TASTE, {"learning": False, "balance": 0.8, "novelty": -0.5}, **JSON).json()
        assert (told["learning"], told["balance"], told["novelty"]) == (False, 0.8, -0.5)
    for sent in ({"kind": "like"}, {"kind": "played", "share": 1, "event_key": "x"}):
        refused = program.post(REACTIONS, {"track": track} | sent, **JSON)
        assert code(refused) == (409, "learning_paused") and refused.json()["error"]["hint"]
    assert program.post(REACTIONS, {"track": track, "kind": "never_track"}, **JSON).status_code == 201
    assert program.patch(TASTE, {"learning": True}, **JSON).json()["learning"] is True
    assert code(program.patch(TASTE, {"balance": 1.5}, **JSON)) == (400, "bad_balance")
    assert not reactions.paused(ada)


def test_the_last_hour_is_forgotten() -> None:
    ada = UserFactory()
    taught(ada)
    program = program_of(ada)
    assert [program.post(f"{TASTE}forget-hour/").json()["forgotten"] for _ in range(2)] == [4, 0]
    assert program.get(TASTE).json()["facts"] == []
