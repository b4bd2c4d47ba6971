"""What is done with lists is noticed once, undone with the change that did it, and is nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client

from accounts.guests import carry_over
from accounts.models import User
from agents.conversations import revisions
from core.errors import NotFound
from feedback.experiments import lifecycle
from feedback.experiments.assignment import arm_of
from feedback.models import ListRating, Reaction
from feedback.taste import list_actions, profile, ratings, reactions
from tests.factories import (
    ExperimentFactory,
    GuestFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    TrackFactory,
    UserFactory,
)
from tests.feedback.test_views import conversation_of, head_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true", "Accept": "application/json, text/html"}


def done(person: User) -> list[tuple[int, str]]:
    """Standing actions, by position in the list they answer."""
    rows = Reaction.objects.visible_to(person).standing().exclude(kind__in=(*Reaction.SAID, *Reaction.DONE))
    return sorted(rows.values_list("track_id", "kind"))


def test_taking_a_track_out_is_noticed_with_its_impression_and_undone_with_the_change() -> None:
    conversation = conversation_of(UserFactory())
    owner, shown = conversation.owner, head_of(conversation)
    items = list(shown.items.order_by("position"))
    revisions.arrange(conversation, [item.track_id for item in items[1:]])
    assert done(owner) == [(items[0].track_id, "removed")]
    kept = Reaction.objects.get()
    assert (kept.playlist, kept.position, kept.policy) == (shown, 0, shown.policy)
    revisions.undo(conversation)
    assert done(owner) == []
    revisions.redo(conversation)
    assert done(owner) == [(items[0].track_id, "removed")]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        ((3, 0, 1, 2), [(3, "moved_up")]),
        ((1, 2, 3, 0), [(0, "moved_down")]),
        ((1, 0, 2, 3), [(0, "moved_down"), (1, "moved_up")]),
    ],
)
def test_the_moved_track_is_noticed_and_not_those_that_made_room(
    order: tuple[int, ...], said: list[tuple[int, str]]
) -> None:
    conversation = conversation_of(UserFactory())
    tracks = list(head_of(conversation).items.order_by("position").values_list("track_id", flat=True))
    revisions.arrange(conversation, [tracks[place] for place in order])
    assert done(conversation.owner) == sorted((tracks[place], kind) for place, kind in said)


def test_swapping_and_saving_and_hearing_again_say_something(client: Client) -> None:
    conversation = conversation_of(UserFactory())
    client.force_login(conversation.owner)
    track = head_of(conversation).items.first().track_id
    revisions.swap(conversation, track)
    assert done(conversation.owner) == [(track, "swapped")]
    head = head_of(conversation)
    for _ in range(2):
        assert client.get(f"/playlists/{head.pk}/export/csv/").status_code == 200
    assert [kind for _, kind in done(conversation.owner)].count("saved") == 4
    for key in ("a", "b", "b"):
        reactions.record(conversation.owner, track, "played", seconds=100, share=0.9, event_key=key)
    assert [kind for _, kind in done(conversation.owner)].count("repeated") == 1


def test_somebody_elses_list_is_not_saved_and_says_nothing(client: Client) -> None:
    conversation = conversation_of(UserFactory())
    head, stranger = head_of(conversation), UserFactory()
    client.force_login(stranger)
    assert client.get(f"/playlists/{head.pk}/export/csv/").status_code == 404
    list_actions.saved(stranger, head.pk)
    assert not Reaction.objects.exists()


def test_what_is_done_with_lists_cannot_be_reported_and_is_not_noticed_while_paused(client: Client) -> None:
    conversation = conversation_of(UserFactory())
    client.force_login(conversation.owner)
    track = head_of(conversation).items.first().track_id
    for kind in ("saved", "removed", ""):
        assert client.post("/reactions/", {"track": track, "kind": kind}, headers=HTMX).status_code == 400
    reactions.pause(conversation.owner)
    revisions.swap(conversation, track)
    assert not Reaction.objects.exists()


def test_what_left_when_something_else_was_asked_for_says_little() -> None:
    person = UserFactory()
    shown, made = PlaylistFactory(owner=person), PlaylistFactory(owner=person)
    gone, stayed = (PlaylistItemFactory(playlist=shown).track for _ in range(2))
    PlaylistItemFactory(playlist=made, track=stayed)
    for _ in range(2):
        list_actions.refined(person, shown, made)
    assert done(person) == [(gone.pk, "refined_away")]
    learned = profile.of(person)
    assert learned and learned.weight < 0.02


def test_a_refused_sound_never_comes_until_it_is_taken_back() -> None:
    person = UserFactory()
    jazz, touched, pop = (
        TrackFactory(profile__genres={"jazz": share, "pop": 1 - share}, artist="") for share in (0.9, 0.1, 0.0)
    )
    others = TrackFactory(profile__genres={"jazz": 0.5}, artist="")
    said = reactions.record(person, jazz.pk, "never_sound", sound="genre:jazz")
    assert said and reactions.record(person, others.pk, "never_sound", sound="genre:jazz") == said
    assert profile.blocked(profile.of(person)) == {jazz.pk, others.pk}
    assert profile.of(UserFactory()) is None
    with pytest.raises(reactions.NoSuchSound):
        reactions.record(person, touched.pk, "never_sound", sound="genre:jazz")
    with pytest.raises(reactions.NoSuchSound):
        reactions.record(person, pop.pk, "never_sound", sound="drop:table")
    reactions.undo(person, said.pk)
    assert not profile.blocked(profile.of(person))


def test_a_rating_is_kept_once_changed_and_taken_back(client: Client) -> None:
    conversation = conversation_of(UserFactory())
    client.force_login(conversation.owner)
    head = head_of(conversation)
    assert "How good is this list?" in client.get(f"/c/{conversation.pk}/").content.decode()
    page = client.post("/ratings/", {"playlist": head.pk, "stars": 2, "note": "too sad"}, headers=HTMX)
    assert 'id="star-2"' in page.content.decode() and "too sad" in page.content.decode()
    client.post("/ratings/", {"playlist": head.pk, "stars": 5, "back": "/taste/"})
    kept = ListRating.objects.get()
    assert (kept.stars, kept.note, kept.policy) == (5, "", head.policy)
    assert [one.kind for one in ratings.heard(conversation.owner)] == ["rated_well"] * 4
    assert "5 of 5" in client.get("/taste/").content.decode()
    client.post("/ratings/", {"playlist": head.pk, "stars": 0})
    assert not ListRating.objects.exists() and profile.of(conversation.owner) is None


def test_a_stranger_rates_no_list_and_sees_no_rating(client: Client) -> None:
    conversation = conversation_of(UserFactory())
    head = head_of(conversation)
    ratings.rate(conversation.owner, head.pk, 4, "mine alone")
    assert client.post("/ratings/", {"playlist": head.pk, "stars": 1}).status_code == 404
    client.force_login(UserFactory())
    for stars in (0, 1):
        assert client.post("/ratings/", {"playlist": head.pk, "stars": stars}).status_code == 404
    assert client.post(f"/c/{conversation.pk}/dial/", {"balance": 100}).status_code == 404
    assert ListRating.objects.get().stars == 4
    conversation.share_token = "t" * 43
    conversation.save()
    page = client.get(f"/s/{conversation.share_token}/").content.decode()
    assert "mine alone" not in page and 'id="rating"' not in page and 'id="dial-box"' not in page
    with pytest.raises(NotFound):
        ratings.take_back(UserFactory(), head.pk)


def test_a_guests_ratings_and_actions_come_along() -> None:
    guest, user = GuestFactory(), UserFactory()
    conversation = conversation_of(guest)
    head = head_of(conversation)
    ratings.rate(guest, head.pk, 4)
    list_actions.saved(guest, head.pk)
    carry_over(guest, user)
    assert ListRating.objects.get().owner == user and len(done(user)) == 4


def test_the_dial_beside_the_list_ranks_again(client: Client) -> None:
    conversation = conversation_of(UserFactory())
    client.force_login(conversation.owner)
    before = head_of(conversation)
    client.post(f"/c/{conversation.pk}/dial/", {"balance": "90", "novelty": "50"})
    assert head_of(conversation).parent == before
    dials = client.get(f"/c/{conversation.pk}/steering/").content.decode()
    assert 'name="balance" min="0" max="100" step="5" value="90"' in dials


def test_whatever_is_said_or_done_carries_version_arms_and_moment_and_a_guests_come_along() -> None:
    layout = ExperimentFactory(surface="page", changed={"template": "open"})
    lifecycle.start(layout)
    layout.refresh_from_db()
    guest, person = GuestFactory(), UserFactory()
    seen_in = f"arm7+{arm_of(layout, layout.arms_in_order(), guest.pk).mark}"  # type: ignore[union-attr]
    conversation = conversation_of(guest)
    shown = head_of(conversation)
    shift = {"valence": 0.0, "arousal": -0.1, "words": ""}
    shown.brief |= {"moment": [{"name": "evening", **shift}, {"name": "rain", **shift}], "switched_off": ["now:rain"]}
    shown.policy, shown.number = "hybrid-mmr-explore0.1+arm7", 4
    shown.save()
    tracks = list(shown.items.order_by("position").values_list("track_id", flat=True))
    reactions.record(guest, tracks[0], "like", playlist_id=shown.pk)
    reactions.record(guest, tracks[1], "played", playlist_id=shown.pk, share=0.9, event_key="p")
    ratings.rate(guest, shown.pk, 4)
    revisions.arrange(conversation, tracks[:-1])
    carry_over(guest, person)
    kept = [*Reaction.objects.filter(owner=person), *ListRating.objects.filter(owner=person)]
    assert len(kept) == 4
    for one in kept:
        assert (one.version, one.variant, one.moment) == (4, seen_in, ["evening"])
        assert one.playlist == shown and one.policy == shown.policy
    assert all(one.position is not None and one.propensity == 1.0 for one in kept[:3])
