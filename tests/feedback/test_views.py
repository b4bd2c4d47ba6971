"""What a person can do about tracks and about their taste on the pages, with and without JavaScript."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from accounts.models import User
from agents.models import Conversation
from core.schemas import MusicBrief, dump
from feedback.models import Reaction
from feedback.taste import reactions
from recommender.models import Playlist
from tests.factories import (
    ConversationFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    TrackFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "Accept": "application/json, text/html"}
JSON = {"Accept": "application/json"}


def conversation_of(owner: User, spare: int = 12) -> Conversation:
    """A finished conversation with a list of four, and more tracks that would fit as well."""
    head = PlaylistFactory(owner=owner, brief=dump(MusicBrief(valence=0.5, arousal=0.5, count=4)))
    for place in range(4):
        PlaylistItemFactory(playlist=head, position=place)
    TrackFactory.create_batch(spare)
    conversation = ConversationFactory(owner=owner, head=head)
    TurnFactory(conversation=conversation, number=1, state="done", playlist=head)
    return conversation


def head_of(conversation: Conversation) -> Playlist:
    conversation.refresh_from_db()
    assert conversation.head
    return conversation.head


def test_without_javascript_a_like_leads_back_to_the_list_and_is_shown_as_pressed(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    conversation = conversation_of(person)
    head, address = head_of(conversation), f"/c/{conversation.pk}/"
    track = head.items.first().track
    assert 'aria-pressed="true"' not in client.get(address).content.decode()
    sent = {"track": track.pk, "playlist": head.pk, "kind": "like", "back": address}
    response = client.post("/reactions/", sent)
    assert response.status_code == 302 and response["Location"] == address
    page = client.get(address).content.decode()
    assert page.count('aria-pressed="true"') == 1
    assert "What you said counts from the next list on." in page and 'id="taste-note" hidden' not in page
    assert Reaction.objects.get().playlist == head


def test_a_form_cannot_lead_away_from_the_site(client: Client) -> None:
    client.force_login(UserFactory())
    sent = {"track": TrackFactory().pk, "kind": "like", "back": "https://elsewhere.example/"}
    assert client.post("/reactions/", sent)["Location"] == "/taste/"


def test_a_button_of_a_list_says_opinion_track_and_sound_in_one(client: Client) -> None:
    person, track = UserFactory(), TrackFactory(profile__genres={"house": 0.9})
    client.force_login(person)
    for sent in ({"like": track.pk}, {"never_artist": track.pk}, {"never_sound": f"{track.pk} genre:house"}):
        assert client.post("/reactions/", sent).status_code == 302
    kept = Reaction.objects.order_by("pk").values_list("kind", "track", "sound")
    assert list(kept) == [
        ("like", track.pk, ""),
        ("never_artist", track.pk, ""),
        ("never_sound", track.pk, "genre:house"),
    ]
    for odd in ("", "x", "7 7", f"{track.pk} mood:unheard of"):
        assert client.post("/reactions/", {"never_sound": odd}, headers=JSON).status_code in (400, 404), odd


def test_the_page_gets_new_buttons_and_the_way_to_take_it_back(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    track = TrackFactory()
    response = client.post("/reactions/", {"track": track.pk, "kind": "never_artist"}, headers=HTMX)
    told = json.loads(response["HX-Trigger-After-Swap"])["reacted"]
    assert told["track"] == track.pk and told["undo"] == Reaction.objects.get().pk
    assert f'name="undo" value="{told["undo"]}"' in response.content.decode()
    response = client.post("/reactions/", {"undo": told["undo"]}, headers=HTMX)
    assert json.loads(response["HX-Trigger-After-Swap"])["reacted"]["undo"] is None
    assert not Reaction.objects.standing().exists()


def test_ranking_again_leaves_out_what_was_refused_and_tells_the_taste(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    conversation = conversation_of(person)
    before = head_of(conversation)
    gone = before.items.all()[0].track_id
    client.post("/reactions/", {"track": gone, "playlist": before.pk, "kind": "never_track"})
    client.post("/reactions/", {"track": before.items.all()[1].track_id, "playlist": before.pk, "kind": "like"})
    answer = client.post(f"/c/{conversation.pk}/again/", headers={"HX-Request": "true"})
    after = head_of(conversation)
    assert after.number == before.number + 1 and after.items.count() == 4
    assert gone not in after.items.values_list("track_id", flat=True)
    assert all("taste" in {part["name"] for part in item.parts} for item in after.items.all())
    assert 'id="taste-note" hidden' in answer.content.decode()


@pytest.mark.parametrize("change", ["swap", "arrange", "adjust"])
def test_any_change_of_the_list_drops_what_was_refused(client: Client, change: str) -> None:
    person = UserFactory()
    client.force_login(person)
    conversation = conversation_of(person)
    shown = list(head_of(conversation).items.values_list("track_id", flat=True))
    reactions.record(person, shown[0], "never_track")
    sent = {"swap": {"track": shown[2]}, "arrange": {"track": shown[3], "move": "up"}, "adjust": {"valence": 0.55}}
    assert client.post(f"/c/{conversation.pk}/{change}/", sent[change]).status_code == 302
    assert shown[0] not in head_of(conversation).items.values_list("track_id", flat=True)


def test_the_players_reports_are_kept_once(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    sent = {"track": TrackFactory().pk, "kind": "skipped", "seconds": "4.2", "share": "0.1", "event_key": "k"}
    first, second = (client.post("/reactions/", sent, headers=JSON).json() for _ in range(2))
    assert first == second == {"id": Reaction.objects.get().pk}
    refused = client.post("/reactions/", {**sent, "event_key": ""}, headers=JSON)
    assert refused.status_code == 400 and refused.json()["error"]["code"] == "no_event_key"
    refused = client.post("/reactions/", {**sent, "share": "7"}, headers=JSON)
    assert refused.json()["error"]["code"] == "bad_share"


def test_the_taste_page_tells_what_was_learned_and_unlearns_it(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    assert "Nothing learned yet" in client.get("/taste/").content.decode()
    for _ in range(3):
        reactions.record(person, TrackFactory(profile__acousticness=0.95).pk, "like")
    page = client.get("/taste/").content.decode()
    assert "Learned from 3 reactions" in page and "more acoustic" in page and page.count('class="dot"') == 3
    for said in Reaction.objects.all():
        client.post("/reactions/", {"undo": said.pk, "back": "/taste/"})
    page = client.get("/taste/").content.decode()
    assert "Nothing learned yet" in page and "more acoustic" not in page


def test_learning_is_paused_resumed_and_forgotten(client: Client) -> None:
    person = UserFactory()
    client.force_login(person)
    reactions.record(person, TrackFactory().pk, "like")
    client.post("/taste/pause/")
    assert "Learning is paused" in client.get("/taste/").content.decode()
    refused = client.post("/reactions/", {"track": TrackFactory().pk, "kind": "like"}, headers=JSON)
    assert refused.status_code == 409 and refused.json()["error"]["code"] == "learning_paused"
    client.post("/taste/resume/")
    assert "Learning is paused" not in client.get("/taste/").content.decode()
    client.post("/taste/forget/")
    assert not Reaction.objects.exists()


def test_a_visitor_has_an_empty_taste_page_and_nothing_to_say(client: Client) -> None:
    assert client.get("/taste/").status_code == 200
    assert client.post("/reactions/", {"track": TrackFactory().pk, "kind": "like"}).status_code == 404
    assert not User.objects.exists()


def test_somebody_who_was_sent_the_list_sees_no_opinions(client: Client) -> None:
    conversation = conversation_of(UserFactory())
    conversation.share_token = "t" * 43
    conversation.save()
    reactions.record(conversation.owner, head_of(conversation).items.first().track_id, "like")
    page = client.get(f"/s/{conversation.share_token}/").content.decode()
    assert "opinion-" not in page and "data-playlist" not in page


def test_forget_the_last_hour_takes_only_ones_own_and_only_what_is_new(client: Client) -> None:
    person, other, track = UserFactory(), UserFactory(), TrackFactory()
    for one in (person, other):
        reactions.record(one, track.pk, "like")
    client.force_login(person)
    page = client.post("/taste/forget-hour/", follow=True)
    assert "Forgotten: 1 reaction of the last hour." in page.content.decode()
    assert list(Reaction.objects.values_list("owner", flat=True)) == [other.pk]
