"""The ways to hear a photo that people choose: kept once, learned from for oneself and for all, seen and forgotten."""

from __future__ import annotations

import io
import json
import random
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta

import numpy as np
import pytest
from django.test import Client
from django.urls import reverse

from accounts.guests import carry_over
from accounts.models import User
from accounts.privacy import export
from agents.conversations import revisions
from agents.models import Conversation
from core.schemas import Label, MusicBrief, Take, dump
from feedback.models import TakeChoice
from feedback.taste import reactions, take_choices, taste_settings
from feedback.taste.learners import takes as learner
from feedback.taste.learners.takes import Vote, Way
from recommender.mapping.leanings import NEUTRAL, Leanings, direction_key, styles_of
from recommender.mapping.takes import MOST_SHOWN, takes_for, with_takes
from recommender.models import Playlist
from recommender.music.occasions import occasions
from recommender.music.styles import spoken
from tests.factories import (
    ConversationFactory,
    GuestFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    TrackFactory,
    TurnFactory,
    UserFactory,
)

BEACH = [Label(name="beach", score=0.9, kind="concept")]


@pytest.fixture(autouse=True)
def afresh() -> Iterator[None]:
    take_choices.forget_everybody()
    yield
    take_choices.forget_everybody()


def shown_for(concept: str, leanings: Leanings = NEUTRAL) -> tuple[Take, ...]:
    return takes_for([Label(name=concept, score=0.9, kind="concept")], 0.55, 0.45, leanings=leanings)


def key_of(take: Take) -> str:
    return direction_key(take.concept, styles_of(take))


def vote(shown: Sequence[Take], chosen: int, person: int = 0, weight: float = 1.0) -> Vote:
    ways = tuple(
        Way(concept=one.concept, styles=tuple(styles_of(one)), chance=one.chance / one.learned)
        for one in shown[:MOST_SHOWN]
    )
    return Vote(shown=ways, chosen=chosen, person=person, weight=weight)


def own(votes: Sequence[Vote]) -> Leanings:
    return Leanings(
        directions=learner.own_factors(votes, learner.EVEN), styles=learner.style_factors(votes, learner.EVEN)
    )


# --- made-up people


@pytest.mark.parametrize("concept", ["beach", "rain", "cemetery", "wedding", "night drive"])
def test_who_always_chooses_the_second_way_of_an_occasion_finds_it_first_after_few_choices(concept: str) -> None:
    wanted = key_of(shown_for(concept)[1])
    votes: list[Vote] = []
    while key_of(shown_for(concept, own(votes))[0]) != wanted:
        shown = shown_for(concept, own(votes))
        votes.append(vote(shown, [key_of(one) for one in shown].index(wanted)))
        assert len(votes) <= 4
    assert len(votes) >= learner.LEAST_CHOICES
    for _ in range(20):  # and there it stays
        shown = shown_for(concept, own(votes))
        assert key_of(shown[0]) == wanted
        votes.append(vote(shown, 0, weight=learner.STAYED))


def jazz_in(shown: Sequence[Take]) -> int | None:
    return next((place for place, one in enumerate(shown) if "jazz" in styles_of(one)[0]), None)


def test_who_chooses_a_style_everywhere_finds_it_earlier_where_they_never_chose() -> None:
    jazzy = [concept for concept in occasions() if jazz_in(shown_for(concept)[:MOST_SHOWN]) is not None]
    votes = [vote(shown_for(concept), jazz_in(shown_for(concept)) or 0) for concept in jazzy[:8]]
    earlier = [
        (jazz_in(shown_for(concept)) or 0) - (jazz_in(shown_for(concept, own(votes))) or 0) for concept in jazzy[8:]
    ]
    assert sum(earlier) > 0 <= min(earlier)


def test_clicking_at_random_changes_nothing_much() -> None:
    generator = random.Random(1)
    concepts = list(occasions())
    votes = [vote(shown_for(one), generator.randrange(MOST_SHOWN)) for one in generator.sample(concepts, 30)]
    leanings = own(votes)
    same = [key_of(shown_for(one)[0]) == key_of(shown_for(one, leanings)[0]) for one in concepts]
    assert np.mean(same) > 0.9
    again = own([vote(shown_for("beach"), place) for place in [*range(MOST_SHOWN)] * 10])
    before, after = ({key_of(one): one.chance for one in shown_for("beach", how)} for how in (NEUTRAL, again))
    assert all(abs(after[key] - chance) < 0.05 for key, chance in before.items())


def test_a_tab_that_is_chosen_for_its_place_teaches_nothing_of_what_stood_there() -> None:
    """Everybody stays with the first tab, whatever it is: that is the place's, and the editor's weights stand."""
    votes = [vote(shown_for(one), 0, person=n) for n, one in enumerate([*occasions()] * 3)]
    worth = learner.place_worth(votes)
    assert worth[0] > 2 * worth[1]
    factors = learner.shared_factors(votes, worth)
    assert factors and all(0.8 < one < 1.25 for one in factors.values())


# --- for everybody


def choice_of(owner: User, concept: str, chosen: int) -> TakeChoice:
    ways = [
        {"concept": one.concept, "styles": styles_of(one), "chance": one.chance}
        for one in shown_for(concept)[:MOST_SHOWN]
    ]
    return TakeChoice.objects.create(owner=owner, occasion=concept, shown=ways, chosen=chosen)


def first_of(person: User | None, concept: str) -> str:
    take_choices.forget_everybody()
    return key_of(shown_for(concept, take_choices.leanings_of(person))[0])


@pytest.mark.django_db
def test_what_many_people_choose_comes_first_for_all_and_what_few_do_does_not() -> None:
    second = key_of(shown_for("beach")[1])
    for person in UserFactory.create_batch(2):
        choice_of(person, "beach", 2)
    assert take_choices.leanings_of(None) == NEUTRAL
    for person in UserFactory.create_batch(40):
        choice_of(person, "beach", 2)
        choice_of(person, "rain", 1)  # so that it is not the second tab that they like
    assert first_of(None, "beach") == first_of(UserFactory(), "beach") == second
    assert first_of(None, "wedding") == key_of(shown_for("wedding")[0])


@pytest.mark.django_db
def test_a_hundred_guests_and_one_busy_account_overturn_nothing_for_others() -> None:
    editor = key_of(shown_for("beach")[0])
    guests = GuestFactory.create_batch(100)
    for guest in guests:
        choice_of(guest, "beach", 3)
        choice_of(guest, "beach", 3)
    busy = UserFactory()
    for _ in range(100):
        choice_of(busy, "beach", 3)
    others = UserFactory.create_batch(3)
    for person in others:
        choice_of(person, "beach", 1)
    assert first_of(None, "beach") == editor
    assert first_of(guests[0], "beach") != editor  # for themselves it counts
    for person in UserFactory.create_batch(30):
        reactions.pause(person)
        choice_of(person, "beach", 3)
    assert first_of(None, "beach") == editor


# --- by hand


@pytest.fixture
def conversation(db: None) -> Conversation:
    return started(UserFactory())


def started(owner: User, concept: str = "beach") -> Conversation:
    brief = with_takes(MusicBrief(valence=0.7, arousal=0.4), shown_for(concept))
    if not Playlist.objects.exists():
        TrackFactory.create_batch(15)
    head = PlaylistFactory(owner=owner, brief=dump(brief))
    PlaylistItemFactory(playlist=head)
    made = ConversationFactory(owner=owner, head=head)
    TurnFactory(conversation=made, state="done", playlist=head)
    return made


def press(client: Client, conversation: Conversation, take: int) -> None:
    client.force_login(conversation.owner)
    assert client.post(reverse("take", args=[conversation.pk]), {"take": str(take)}).status_code in (200, 302)
    conversation.refresh_from_db()


def like(client: Client, conversation: Conversation, kind: str = "like", **more: object) -> None:
    head = conversation.head
    assert head
    client.force_login(conversation.owner)
    sent = {"track": head.items.first().track_id, "playlist": head.pk, "kind": kind, **more}  # type: ignore[union-attr]
    assert client.post(reverse("react"), sent).status_code in (200, 302)


def test_going_back_and_forth_is_one_choice_and_the_last_counts(client: Client, conversation: Conversation) -> None:
    first = conversation.head
    for take in (2, 3, 1, 2):
        press(client, conversation, take)
    kept = TakeChoice.objects.get()
    assert (kept.chosen, kept.occasion, kept.asked, kept.owner) == (2, "beach", first, conversation.owner)
    assert [one["styles"] for one in kept.shown] == [styles_of(one) for one in shown_for("beach")[:MOST_SHOWN]]
    assert sum(one["chance"] for one in kept.shown) == pytest.approx(1, abs=0.01)
    client.post(reverse("undo", args=[conversation.pk]))
    assert TakeChoice.objects.get().chosen == 1
    client.post(reverse("redo", args=[conversation.pk]))
    assert TakeChoice.objects.get().chosen == 2


def test_a_way_that_no_tab_showed_and_a_change_of_something_else_are_no_choice(
    client: Client, conversation: Conversation
) -> None:
    press(client, conversation, 4)
    revisions.adjust(conversation, arousal=0.2)
    assert not TakeChoice.objects.exists()
    fresh = started(conversation.owner)
    revisions.adjust(fresh, arousal=0.2)
    revisions.undo(fresh)
    assert not TakeChoice.objects.exists()


def test_staying_counts_only_with_a_song_liked_or_heard_and_less_than_a_choice(
    client: Client, conversation: Conversation
) -> None:
    client.force_login(conversation.owner)
    client.get(reverse("conversation", args=[conversation.pk]))
    like(client, conversation, "played", seconds=3, share=0.02, event_key="a")
    like(client, conversation, "skipped", seconds=3, share=0.02, event_key="b")
    assert not TakeChoice.objects.exists()
    like(client, conversation)
    like(client, conversation, "played", seconds=200, share=1, event_key="c")
    (kept,) = take_choices.votes_of(conversation.owner)
    assert kept.chosen == 0 and kept.weight == pytest.approx(learner.STAYED, abs=0.001)
    reactions.undo(conversation.owner, TakeChoice.objects.get().stayed_for_id)
    assert take_choices.votes_of(conversation.owner) == []
    like(client, conversation)
    assert len(take_choices.votes_of(conversation.owner)) == 1
    press(client, conversation, 2)
    like(client, conversation)
    (kept,) = take_choices.votes_of(conversation.owner)
    assert kept.chosen == 1 and kept.weight == pytest.approx(learner.BY_HAND, abs=0.001)


def test_nothing_is_kept_while_learning_is_paused_and_it_goes_with_everything_else(
    client: Client, conversation: Conversation
) -> None:
    person = conversation.owner
    reactions.pause(person)
    press(client, conversation, 2)
    assert not TakeChoice.objects.exists()
    reactions.resume(person)
    press(client, conversation, 3)
    with zipfile.ZipFile(io.BytesIO(export(person))) as bundle:
        (told,) = json.loads(bundle.read("feedback.takechoice.json"))
    assert told["fields"]["chosen"] == 3 and told["fields"]["occasion"] == "beach"
    assert "choice between ways to hear a photo" in client.get(reverse("my_data")).content.decode()
    TakeChoice.objects.update(created=TakeChoice.objects.get().created - timedelta(hours=2))
    client.post(reverse("forget_hour"))
    assert TakeChoice.objects.exists()
    client.post(reverse("forget_taste"))
    assert not TakeChoice.objects.exists()


def test_a_guest_takes_their_choices_along(client: Client, conversation: Conversation) -> None:
    guest, user = GuestFactory(), UserFactory()
    choice_of(guest, "beach", 2)
    carry_over(guest, user)
    assert TakeChoice.objects.get().owner == user


@pytest.mark.django_db
def test_the_taste_page_tells_what_a_person_chooses_and_forgets_it(client: Client) -> None:
    person, stranger = UserFactory(), UserFactory()
    client.force_login(person)
    page = reverse("taste")
    first, second = (spoken(styles_of(take)[0]) for take in shown_for("beach")[:2])
    for count in range(3):
        conversation = started(person)
        press(client, conversation, 2)
        told = f"The beach: you choose {second} over {first}." in client.get(page).content.decode()
        assert told == (count >= 1)
    client.force_login(stranger)
    assert f"you choose {second}" not in client.get(page).content.decode()
    client.post(reverse("forget_choice"), {"target": "occasion:beach"})
    assert TakeChoice.objects.count() == 3
    client.force_login(person)
    assert client.post(reverse("forget_choice"), {"target": ""}).status_code == 400
    client.post(reverse("forget_choice"), {"target": "nothing:beach"})
    assert TakeChoice.objects.count() == 3
    client.post(reverse("forget_choice"), {"target": "occasion:beach"})
    assert not TakeChoice.objects.exists()
    assert f"you choose {second}" not in client.get(page).content.decode()


def test_the_dial_at_the_pictures_end_and_the_learner_none_leave_choices_out(conversation: Conversation) -> None:
    person = conversation.owner
    for _ in range(3):
        choice_of(person, "beach", 2)
    assert first_of(person, "beach") != key_of(shown_for("beach")[0])
    assert take_choices.leanings_of(person, "none") == NEUTRAL
    taste_settings.steer(person, balance=0.0)
    assert first_of(person, "beach") == key_of(shown_for("beach")[0])
    taste_settings.steer(person, balance=0.5)
    style = styles_of(shown_for("beach")[1])[0]
    assert style in take_choices.leanings_of(person).styles
    taste_settings.remove(person, f"genre:{style}", {f"genre:{style}": None})  # type: ignore[dict-item]
    assert style not in take_choices.leanings_of(person).styles
