"""Lists in which chance draws: true propensities, and what they tell of another policy, through the stored rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from agents.board import Board, Order
from agents.conversations import revisions
from agents.roles.evaluation import judge as evaluate
from agents.roles.recommendation import Recommendation
from core.errors import BadInput
from core.schemas import MusicBrief, RankedList
from core.stats.off_policy import TooLittleOverlap
from feedback.experiment_results import off_policy_log
from feedback.experiments import lifecycle
from feedback.experiments.assignment import arm_for
from feedback.models import Reaction
from feedback.models.experiments import Experiment
from feedback.treatments import Treatment, treatment_from
from recommender.models import Playlist, PlaylistItem, Track
from recommender.playlists import versions
from recommender.ranking import pipeline
from tests.factories import ConversationFactory, ExperimentFactory, TrackFactory, TurnFactory, UserFactory

pytestmark = pytest.mark.django_db

BRIEF = MusicBrief(valence=0.5, arousal=0.5, count=4)


def catalogue(count: int = 24) -> None:
    for n in range(count):
        TrackFactory(profile__valence=0.5 + n * 0.01, profile__arousal=0.5, profile__energy=(n * 7 % count) / count)


def exploring(share: float = 0.3, **fields: Any) -> Experiment:
    made = ExperimentFactory(changed={"explore": share}, **fields)
    made.arms.filter(control=True).update(settings={"explore": share, "learner": "none"})
    lifecycle.start(made)
    made.refresh_from_db()
    return made


def made_for(person: User, brief: MusicBrief = BRIEF, **order: Any) -> RankedList:
    board = Board(order=Order(person_id=person.pk, **order), brief=brief)
    ranked: RankedList = Recommendation().act(board).changes["ranked"]
    return ranked


def test_an_arm_or_the_site_lets_lists_explore_and_an_arm_can_say_no(settings: Any) -> None:
    assert arm_for(None, "list").exploring == 0.0
    settings.EXPLORE = 0.1
    assert arm_for(None, "list").exploring == 0.1
    assert treatment_from({"explore": 0}).over(treatment_from({"explore": 0.2})).exploring == 0.0
    assert Treatment().over(treatment_from({"explore": 0.2})).exploring == 0.2
    assert treatment_from({"explore": 0.1}).touches_lists()


@pytest.mark.parametrize("wrong", [-0.1, 0.31, "much", True, None, float("nan")])
def test_more_than_a_third_of_chance_is_refused(wrong: Any) -> None:
    with pytest.raises(BadInput) as caught:
        treatment_from({"explore": wrong})
    assert caught.value.code == "bad_treatment" and "0.3" in caught.value.hint


def test_the_stored_propensities_of_live_lists_are_the_frequencies_of_what_is_shown() -> None:
    catalogue()
    exploring()
    person = UserFactory()
    lists = [versions.publish(person, BRIEF, made_for(person, replace(BRIEF, count=6))) for _ in range(70)]
    places: Counter[int] = Counter()
    for item in PlaylistItem.objects.filter(playlist__in=lists):
        place = [rival["track_id"] for rival in item.rivals].index(item.track_id)
        assert item.propensity == pytest.approx(0.73 if place == 0 else 0.03) and len(item.rivals) == 10
        places[place] += 1
    drawn = places.total()
    # five standard deviations and more: chance alone fails this once in 100,000 runs
    assert drawn == 420 and places[0] / drawn == pytest.approx(0.73, abs=0.11)
    assert all(places[place] / drawn < 0.03 + 0.05 for place in range(1, 10))
    assert {one.policy.split("+")[0] for one in lists} == {"hybrid-mmr-explore0.3"}


def test_what_is_refined_kept_measured_in_minutes_or_shared_is_not_left_to_chance() -> None:
    catalogue()
    exploring()
    person, friend = UserFactory(), UserFactory()
    drawn = made_for(person)
    assert all(track.propensity < 1 and track.rivals for track in drawn.tracks)
    certain = [
        made_for(person, refining=True, current=drawn.tracks),
        made_for(person, keep=(drawn.tracks[0].track_id,)),
        made_for(person, replace(BRIEF, limits=replace(BRIEF.limits, minutes=20))),
        made_for(person, listeners=(friend.pk,)),
    ]
    for ranked in certain:
        assert {(track.propensity, track.rivals) for track in ranked.tracks} == {(1.0, ())}


def test_a_version_takes_tracks_over_for_certain_and_asking_again_draws_anew() -> None:
    catalogue()
    exploring()
    person = UserFactory()
    head = versions.publish(person, BRIEF, made_for(person))
    assert head.items.exclude(rivals=[]).count() == 4
    conversation = ConversationFactory(owner=person, head=head)
    TurnFactory(conversation=conversation, number=1, state="done", playlist=head)
    ids = list(head.items.values_list("track_id", flat=True))
    for made in (
        revisions.arrange(conversation, ids[::-1]),
        revisions.swap(conversation, ids[0]),
        revisions.adjust(conversation, valence=0.6),
    ):
        assert set(made.items.values_list("propensity", flat=True)) == {1.0}
        assert not made.items.exclude(rivals=[]).exists()
    again = revisions.rank_again(conversation)
    assert again.items.exclude(rivals=[]).count() == 4 and max(again.items.values_list("propensity", flat=True)) < 1


def test_a_draft_of_two_rankings_tells_the_chances_of_its_coin() -> None:
    catalogue()
    experiment = ExperimentFactory(design="interleaved", changed={"weights": {"affect": 0.0, "sound": 1.0}})
    lifecycle.start(experiment)
    brief = replace(BRIEF, features={"energy": (0.9, 1.0)})
    tracks = made_for(UserFactory(), brief).tracks
    assert {track.propensity for track in tracks} == {0.5, 1.0}
    assert [track.propensity for track in tracks][1::2] == [1.0, 1.0], "the second of a round follows from the first"


def test_no_further_round_depends_on_what_chance_drew() -> None:
    TrackFactory.create_batch(12, profile__valence=0.5, profile__arousal=0.5, artist="The Same")
    exploring()
    drawn = made_for(UserFactory())
    certain = replace(drawn, tracks=tuple(replace(one, propensity=1.0, rivals=()) for one in drawn.tracks))
    assert evaluate(certain, BRIEF).again is not None and evaluate(drawn, BRIEF).again is None


def test_that_its_owner_saw_a_list_is_noted_once(client: Client) -> None:
    catalogue()
    exploring()
    person = UserFactory()
    head = versions.publish(person, BRIEF, made_for(person))
    conversation = ConversationFactory(owner=person, head=head, share_token="t" * 43)
    client.get(f"/s/{conversation.share_token}/")
    head.refresh_from_db()
    assert head.shown is None, "a visitor with the link is not its owner"
    client.force_login(person)
    client.get(f"/c/{conversation.pk}/")
    head.refresh_from_db()
    seen = head.shown
    assert seen is not None
    client.get(f"/c/{conversation.pk}/")
    head.refresh_from_db()
    assert head.shown == seen


# --- judging another policy


LIKES_FOR_ENERGY = (0.05, 0.6)
OTHER = {"weights": {"affect": 0.2}}
"""A policy that goes by the wished energy more than by the mood."""
FAR = {"weights": {"affect": 0.0, "sound": 1.0}}
"""One that goes by the energy alone: what it would choose is seldom shown."""
WISHED = replace(BRIEF, count=10, features={"energy": (0.9, 1.0)})


def like_rates() -> dict[int, float]:
    low, high = LIKES_FOR_ENERGY
    rows = Track.objects.values_list("pk", "profile__energy")
    return {track: low + (high - low) * energy for track, energy in rows}


def simulated(experiment: Experiment, people: int, explore: float = 0.3, seed: int = 5) -> None:
    """So many who get a list of an exploring arm, see it, and like a track by its energy alone."""
    rng, at, rates = np.random.default_rng(seed), timezone.now() - timedelta(days=3), like_rates()
    mark = experiment.arms.get(control=True).mark
    likes = []
    found = User.objects.bulk_create(User(email=f"{seed}-{n}@example.org") for n in range(people))
    for n, person in enumerate(found):
        ranked = pipeline.recommend(WISHED, person, explore=explore, seed=1000 * seed + n)
        made = versions.publish(person, WISHED, replace(ranked, policy=f"{ranked.policy}+{mark}"))
        tracks = [item.track_id for item in made.items.all() if rng.random() < rates[item.track_id]]
        shown = {"owner": person, "kind": "like", "playlist": made, "created": at + timedelta(hours=1)}
        likes += [Reaction(track_id=track, **shown) for track in tracks]
    Playlist.objects.update(created=at, shown=at)
    Reaction.objects.bulk_create(likes)


def truth(experiment: Experiment, policy: Treatment) -> float:
    """What the policy's own choices would have been liked, by the simulation's own rule and by the stored rivals."""
    lists, rates = off_policy_log.drawn_lists(experiment, timezone.now()), like_rates()
    target = off_policy_log.logged(experiment, lists, policy).target
    rivals = [item.rivals for playlist in lists for item in playlist.drawn]  # type: ignore[attr-defined]
    worth = [
        sum(chance * rates[rival["track_id"]] for chance, rival in zip(chances, among, strict=False))
        for chances, among in zip(target, rivals, strict=True)
    ]
    return float(np.mean(worth))


def test_another_policy_is_judged_without_bias_by_what_people_did_with_stored_lists() -> None:
    catalogue(40)
    experiment = exploring()
    simulated(experiment, 130)
    other = treatment_from(OTHER)
    told = off_policy_log.judge(experiment, other)
    true = truth(experiment, other)
    assert (told.choices, told.people, told.lists) == (1300, 130, 130) and told.agreed < 0.8
    for one in told.estimates:
        assert one.low < true < one.high and one.high - one.low < 0.3 and one.clipped == 0.0, one
        assert one.sample >= 100
    ips, snips, robust = (one.high - one.low for one in told.estimates)
    assert max(snips, robust) < ips
    usual = off_policy_log.judge(experiment, Treatment(explore=0.3))
    assert usual.agreed == 1.0 and usual.estimates[1].value == pytest.approx(usual.seen)
    assert usual.estimates[0].sample == pytest.approx(1300)


@pytest.mark.slow
def test_over_many_logs_the_estimates_lie_around_the_truth_and_their_intervals_hold_it() -> None:
    catalogue(40)
    other = treatment_from(OTHER)
    off: dict[str, list[float]] = {"ips": [], "snips": [], "dr": []}
    for seed in range(12):
        experiment = exploring()
        simulated(experiment, 130, seed=seed)
        true = truth(experiment, other)
        for one in off_policy_log.judge(experiment, other).estimates:
            off[one.method].append((one.value - true) / (one.high - one.value) * 1.96)
    for method, scores in off.items():
        assert abs(np.mean(scores)) < 2.6 / 12**0.5, (method, scores)
        assert sum(abs(score) < 1.96 for score in scores) >= 9, (method, scores)


def test_with_too_little_exploration_nothing_is_claimed(admin_client: Client) -> None:
    catalogue(40)
    experiment = exploring(0.02)
    page = f"/admin/feedback/experiment/{experiment.pk}/result/"
    asked = {"policy": '{"weights": {"affect": 0.0, "sound": 1.0}}'}
    assert "No list in which chance drew" in admin_client.get(page, asked).content.decode()
    simulated(experiment, 30, explore=0.02)
    with pytest.raises(TooLittleOverlap):
        off_policy_log.judge(experiment, treatment_from(FAR))
    answer = admin_client.get(page, asked).content.decode()
    assert "What was shown" in answer or "effective sample is" in answer
    assert "Let lists explore" in answer and "doubly robust" not in answer


def test_the_page_tells_estimates_and_refuses_what_a_log_cannot_tell(admin_client: Client, client: Client) -> None:
    catalogue(40)
    experiment = exploring()
    simulated(experiment, 20)
    page = f"/admin/feedback/experiment/{experiment.pk}/result/"
    answer = admin_client.get(page, {"policy": '{"learner": "profile"}'}).content.decode()
    assert "doubly robust" in answer and "effective sample size" in answer and "200 drawn choices" in answer
    for wrong, sentence in (
        ('{"strategy": "blackboard"}', "Logged lists cannot tell what another strategy would be worth."),
        ('{"weights": {"nonsense": 1}}', "No part of a match is called"),
        ("not json", "valid JSON"),
    ):
        assert sentence in admin_client.get(page, {"policy": wrong}).content.decode()
    client.force_login(UserFactory())
    assert client.get(page, {"policy": "{}"}).status_code in (302, 403, 404)


def test_only_lists_of_the_experiment_that_their_owners_saw_and_likes_in_time_count() -> None:
    catalogue(40)
    experiment, other = exploring(hours=24), exploring()
    simulated(experiment, 6)
    assert len(off_policy_log.drawn_lists(experiment, timezone.now())) == 6 and not off_policy_log.drawn_lists(
        other, timezone.now()
    )
    assert not off_policy_log.drawn_lists(experiment, timezone.now() - timedelta(days=2, hours=12)), (
        "their time is not over"
    )
    unseen, late, strange = off_policy_log.drawn_lists(experiment, timezone.now())[:3]
    Playlist.objects.filter(pk=unseen.pk).update(shown=None)
    Reaction.objects.filter(playlist=late).update(created=timezone.now())
    Reaction.objects.filter(playlist=strange).update(owner=UserFactory())
    lists = off_policy_log.drawn_lists(experiment, timezone.now())
    log = off_policy_log.logged(experiment, lists, Treatment())
    assert len(lists) == 5 and unseen.pk not in {one.pk for one in lists}
    for playlist in (late, strange):
        assert log.rewards[log.people == playlist.owner_id].sum() == 0
    assert log.rewards.sum() > 0


def test_a_learner_is_judged_by_what_was_known_when_the_list_was_made() -> None:
    catalogue(40)
    experiment = exploring()
    simulated(experiment, 1)
    [playlist] = off_policy_log.drawn_lists(experiment, timezone.now())
    policy = treatment_from({"learner": "bandit"})
    before = off_policy_log.logged(experiment, [playlist], policy).ranks
    for track in Track.objects.filter(profile__energy__lt=0.3):
        Reaction.objects.create(owner=playlist.owner, track=track, kind="not_now", created=timezone.now())
    assert np.array_equal(off_policy_log.logged(experiment, [playlist], policy).ranks, before)
    Reaction.objects.filter(kind="not_now").update(created=playlist.created - timedelta(days=1))
    assert not np.array_equal(off_policy_log.logged(experiment, [playlist], policy).ranks, before)
