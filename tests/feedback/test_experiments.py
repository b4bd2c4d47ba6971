"""Experiments from draft to decision: who gets what, what counts as seen, and what really differs."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from agents.board import Board, Order
from agents.conversations import turns
from agents.models import Conversation
from agents.roles.recommendation import Recommendation
from core.errors import BadInput
from core.schemas import Label, MusicBrief, RankedList, dump
from feedback.experiment_results import outcomes
from feedback.experiment_results.results import Result
from feedback.experiments import lifecycle
from feedback.experiments.assignment import arm_for, arm_of, bucket, saw, takes_part
from feedback.models.experiments import Arm, Experiment, Exposure, Tuning
from feedback.treatments import Treatment, treatment_from
from recommender.models import Playlist
from recommender.playlists import versions
from recommender.ranking.scoring import WEIGHTS
from tests.factories import (
    ConversationFactory,
    ExperimentFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    ReactionFactory,
    TrackFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db


def running(changed: dict[str, Any] | None = None, **fields: Any) -> Experiment:
    made = ExperimentFactory(changed=changed or {"weights": {"affect": 0.1}}, **fields)
    lifecycle.start(made)
    made.refresh_from_db()
    return made


def person_in(experiment: Experiment, arm: str) -> User:
    """Somebody who falls into this arm."""
    for _ in range(200):
        person = User.objects.create(email=f"person-{User.objects.count()}@example.net")
        if (found := arm_of(experiment, experiment.arms_in_order(), person.pk)) and found.name == arm:
            return person
    raise AssertionError(f"nobody fell into {arm}")


def shown_list(owner: User, policy: str = "hybrid-mmr") -> Conversation:
    head = PlaylistFactory(owner=owner, policy=policy, brief=dump(MusicBrief(valence=0.5, arousal=0.5, count=4)))
    for place in range(4):
        PlaylistItemFactory(playlist=head, position=place)
    conversation = ConversationFactory(owner=owner, head=head)
    TurnFactory(conversation=conversation, number=1, state="done", playlist=head)
    return conversation


# --- who gets what


def test_buckets_are_sticky_and_even() -> None:
    counts = Counter(bucket("a salt", person) // 1000 for person in range(20_000))
    assert bucket("a salt", 5) == bucket("a salt", 5) != bucket("another", 5)
    assert len(counts) == 10 and all(1800 < count < 2200 for count in counts.values())


def test_arms_get_their_shares_and_traffic_and_holdout_keep_people_out() -> None:
    experiment = running(traffic=0.5, holdout=0.1)
    arms = experiment.arms_in_order()
    arms[1].share = 3.0
    told = Counter(arm.name if (arm := arm_of(experiment, arms, n)) else "" for n in range(20_000))
    assert 0.43 < (told["usual"] + told["changed"]) / 20_000 < 0.47
    assert 2.6 < told["changed"] / told["usual"] < 3.4


def test_the_held_out_are_the_same_people_for_every_experiment() -> None:
    one, other = running(holdout=0.2), running(holdout=0.2)
    out = [{n for n in range(500) if not takes_part(experiment, n)} for experiment in (one, other)]
    assert out[0] == out[1] and 60 < len(out[0]) < 140


def test_experiments_of_one_layer_never_share_a_person() -> None:
    one, other = running(layer="ranking", traffic=0.4), running(layer="ranking", traffic=0.4)
    for person in range(2000):
        assert not (takes_part(one, person) and takes_part(other, person))
    third = ExperimentFactory(layer="ranking", traffic=0.4)
    with pytest.raises(lifecycle.LayerFull):
        lifecycle.start(third)
    lifecycle.stop(one)
    lifecycle.start(third)
    third.refresh_from_db()
    assert third.first_bucket == 0


def test_only_running_experiments_of_the_surface_count_and_an_arm_wins_over_what_is_set() -> None:
    experiment = running({"weights": {"affect": 0.1}, "reasoning": "symbolic"})
    lifecycle.tune({"weights": {"affect": 0.2, "mood": 0.3}, "learner": "none"}, "a trial", None)
    treated, usual = person_in(experiment, "changed"), person_in(experiment, "usual")
    way = arm_for(treated, "list")
    assert way.weights == {"affect": 0.1, "mood": 0.3} and way.reasoning == "symbolic" and way.learner == "none"
    assert way.policy("hybrid-mmr") == f"hybrid-mmr+{experiment.arms.get(name='changed').mark}"
    assert arm_for(usual, "list").weights == {"affect": 0.2, "mood": 0.3}
    assert arm_for(treated, "page") == arm_for(None, "page") and arm_for(None, "list").arms == ()
    lifecycle.stop(experiment)
    assert arm_for(treated, "list").weights["affect"] == 0.2
    lifecycle.untune(Tuning.objects.get())
    assert arm_for(treated, "list") == Treatment()


@pytest.mark.parametrize(
    "wrong",
    [
        {"weights": {"affect": -1}},
        {"weights": {"nonsense": 1}},
        {"weights": {"affect": float("nan")}},
        {"weights": {"affect": True}},
        {"weights": {"affect": 99}},
        {"weights": [1]},
        {"weights": dict.fromkeys(WEIGHTS["hybrid"], 0)},
        {"strategy": "chaos"},
        {"unknown": 1},
        {"template": ["open"]},
        "text",
    ],
)
def test_settings_that_mean_nothing_are_refused(wrong: Any) -> None:
    with pytest.raises(BadInput):
        treatment_from(wrong)
    with pytest.raises(BadInput):
        lifecycle.tune(wrong, "why", None)


# --- its life


def test_from_draft_to_decision_and_never_another_way() -> None:
    experiment = ExperimentFactory()
    with pytest.raises(lifecycle.NotNow):
        lifecycle.stop(experiment)
    with pytest.raises(lifecycle.NotNow):
        lifecycle.decide(experiment, "too early")
    lifecycle.start(experiment)
    with pytest.raises(lifecycle.NotNow):
        lifecycle.start(experiment)
    lifecycle.stop(experiment)
    with pytest.raises(BadInput):
        lifecycle.decide(experiment, "  ")
    lifecycle.decide(experiment, "It helped.", adopt=experiment.arms.get(name="changed"), by=UserFactory())
    experiment.refresh_from_db()
    assert (experiment.state, experiment.decision) == ("decided", "It helped.")
    assert Tuning.objects.get().settings == {"weights": {"affect": 0.1}}
    with pytest.raises(lifecycle.NotNow):
        lifecycle.decide(experiment, "Again.")


def test_the_database_itself_refuses_states_that_cannot_be() -> None:
    experiment = ExperimentFactory()
    for fields in ({"state": "running"}, {"state": "decided", "decision": "x"}, {"traffic": 0}, {"least_effect": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Experiment.objects.filter(pk=experiment.pk).update(**fields)
    with pytest.raises(IntegrityError), transaction.atomic():
        Arm.objects.create(experiment=experiment, name="second-control", control=True)


def test_an_experiment_that_compares_nothing_does_not_start() -> None:
    same = ExperimentFactory()
    same.arms.filter(name="changed").update(settings={})
    alone = ExperimentFactory()
    alone.arms.filter(name="changed").delete()
    misplaced = ExperimentFactory(changed={"template": "open"})
    spoilt = ExperimentFactory()
    spoilt.arms.filter(name="changed").update(settings={"weights": {"affect": "much"}})
    headless = ExperimentFactory()
    headless.arms.update(control=False)
    for experiment in (same, alone, misplaced, spoilt, headless):
        with pytest.raises(BadInput):
            lifecycle.start(experiment)
        experiment.refresh_from_db()
        assert experiment.state == "draft"


# --- what really differs


def test_arms_choose_the_strategy_unless_the_turn_names_its_own() -> None:
    experiment = running({"strategy": "blackboard"})
    treated = person_in(experiment, "changed")
    assert turns.start(treated, text="something calm").strategy == "blackboard"
    assert turns.start(treated, text="something calm", strategy="peer_to_peer").strategy == "peer_to_peer"
    assert turns.start(person_in(experiment, "usual"), text="something calm").strategy == "hierarchical"


def test_two_arms_rank_differently_and_the_list_names_its_arm(client: Client) -> None:
    near = TrackFactory.create_batch(6, profile__valence=0.5, profile__arousal=0.5, profile__genres={"rock": 1.0})
    far = TrackFactory.create_batch(6, profile__valence=0.8, profile__arousal=0.7, profile__genres={"jazz": 1.0})
    experiment = running({"weights": {"affect": 0.0, "genre": 1.0}})
    brief = MusicBrief(valence=0.5, arousal=0.5, count=4, genres=(Label(name="jazz", score=0.9, kind="genre"),))
    chosen = {}
    for arm in ("usual", "changed"):
        person = person_in(experiment, arm)
        conversation = shown_list(person)
        Playlist.objects.filter(pk=conversation.head_id).update(brief=dump(brief))
        client.force_login(person)
        client.post(f"/c/{conversation.pk}/again/")
        conversation.refresh_from_db()
        assert conversation.head and conversation.head.policy.endswith(experiment.arms.get(name=arm).mark)
        chosen[arm] = set(conversation.head.items.values_list("track_id", flat=True))
    assert chosen["usual"] != chosen["changed"]
    assert chosen["changed"] <= {track.pk for track in far} and chosen["usual"] & {track.pk for track in near}


def test_two_arms_lay_the_page_out_differently(client: Client) -> None:
    experiment = running({"template": "open"}, surface="page")
    pages = {}
    for arm in ("usual", "changed"):
        person = person_in(experiment, arm)
        client.force_login(person)
        pages[arm] = client.get(f"/c/{shown_list(person).pk}/").content.decode()
    assert 'class="tracks open"' in pages["changed"] and " open>" in pages["changed"]
    assert 'class="tracks usual"' in pages["usual"]
    assert dict(Exposure.objects.values_list("arm__name", "person_id")).keys() == {"usual", "changed"}


# --- what counts as seen


def test_an_exposure_is_logged_once_when_the_list_is_shown_and_not_before(client: Client) -> None:
    experiment = running()
    person = person_in(experiment, "changed")
    mark = experiment.arms.get(name="changed").mark
    arm_for(person, "list")
    empty = ConversationFactory(owner=person)
    client.force_login(person)
    client.get(f"/c/{empty.pk}/")
    assert not Exposure.objects.exists()
    made_before = shown_list(person)
    client.get(f"/c/{made_before.pk}/")
    assert not Exposure.objects.exists(), "a list from before the experiment is not what the arm makes"
    conversation = shown_list(person, policy=f"hybrid-mmr+{mark}")
    for _ in range(2):
        client.get(f"/c/{conversation.pk}/")
        client.get(f"/c/{conversation.pk}/list/")
    seen = Exposure.objects.get()
    assert (seen.person, seen.arm.name, seen.playlist) == (person, "changed", conversation.head)
    assert seen.seconds is not None


def test_a_stranger_with_the_link_is_no_exposure(client: Client) -> None:
    experiment = running()
    owner = person_in(experiment, "changed")
    conversation = shown_list(owner, policy=f"hybrid-mmr+{experiment.arms.get(name='changed').mark}")
    conversation.share_token = "t" * 43
    conversation.save()
    client.force_login(UserFactory())
    client.get(f"/s/{conversation.share_token}/")
    assert client.get(f"/c/{conversation.pk}/").status_code == 404
    assert not Exposure.objects.exists()


# --- what came of it


def test_only_what_people_did_in_time_and_after_they_saw_it_counts() -> None:
    experiment = running()
    now = timezone.now()
    person = person_in(experiment, "changed")
    arm = experiment.arms.get(name="changed")
    at = now - timedelta(hours=48)
    Exposure.objects.create(experiment=experiment, arm=arm, person=person, at=at, seconds=2.0)
    for hours, kind in ((-1, "like"), (30, "like"), (2, "never_track")):
        ReactionFactory(owner=person, kind=kind, created=at + timedelta(hours=hours))
    ReactionFactory(owner=UserFactory(), created=at + timedelta(hours=1))
    young = person_in(experiment, "usual")
    Exposure.objects.create(experiment=experiment, arm=experiment.arms.get(name="usual"), person=young, at=now)
    told = {metric: outcomes.of(experiment, metric, now) for metric in ("liked", "refusals", "seconds", "skips")}
    assert told["liked"].outcome.tolist() == [0.0] and told["liked"].before.tolist() == [1.0]
    assert told["refusals"].outcome.tolist() == [1.0] and told["seconds"].outcome.tolist() == [2.0]
    assert told["skips"].outcome.tolist() == []


def people(experiment: Experiment, arm: str, count: int, likes: float, refusals: float = 0.0) -> None:
    """So many who saw the arm, of whom these shares liked and refused something."""
    at = timezone.now() - timedelta(hours=72)
    found = User.objects.bulk_create(User(email=f"{experiment.pk}-{arm}-{n}@example.org") for n in range(count))
    made = experiment.arms.get(name=arm)
    Exposure.objects.bulk_create(
        Exposure(experiment=experiment, arm=made, person=one, at=at + timedelta(seconds=2 * n + made.control))
        for n, one in enumerate(found)
    )
    track = TrackFactory()
    for kind, share in (("like", likes), ("never_track", refusals)):
        for one in found[: round(share * count)]:
            ReactionFactory(
                owner=one, track=track if kind == "like" else TrackFactory(), kind=kind, created=at + timedelta(hours=1)
            )


def test_a_clear_effect_is_called_one_with_its_interval() -> None:
    experiment = running()
    people(experiment, "usual", 150, 0.2)
    people(experiment, "changed", 150, 0.6)
    result = Result(experiment)
    [effect] = result.main
    assert effect.better == 1 and effect.people == (150, 150) and "+40.0" in effect.interval
    assert "is better than usual" in result.verdict and result.balanced and result.pictures


def test_a_broken_ratio_is_told_before_any_effect_and_a_broken_guardrail_stops() -> None:
    lost = running()
    people(lost, "usual", 200, 0.2)
    people(lost, "changed", 90, 0.9)
    assert Result(lost).verdict.startswith("Do not read the effect")
    harmful = running(guardrails=["refusals"])
    people(harmful, "usual", 100, 0.3)
    people(harmful, "changed", 100, 0.5, refusals=0.4)
    assert Result(harmful).verdict.startswith("Stop: refusals got worse")


def test_without_people_nothing_is_claimed() -> None:
    result = Result(running(guardrails=["skips", "seconds", "likes", "refusals"]))
    assert result.main[0].interval == "not before 50 people an arm" and result.main[0].power == 0.0
    assert "Nothing is sure yet" in result.verdict and not result.pictures
    assert Result(interleaved()).contest is not None


def test_what_was_stopped_early_is_not_told_to_wait() -> None:
    stopped = running()
    lifecycle.stop(stopped)
    stopped.refresh_from_db()
    verdict = Result(stopped).verdict
    assert "wait" not in verdict and verdict.startswith("It was stopped before anything was sure")


def test_a_list_seen_by_two_at_once_is_logged_once() -> None:
    experiment = running()
    person = person_in(experiment, "usual")
    playlist = PlaylistFactory(owner=person, policy=f"hybrid-mmr+{experiment.arms.get(name='usual').mark}")
    for _ in range(3):
        saw(person, playlist, 1.0)
    assert Exposure.objects.count() == 1


# --- lists drafted from two rankings


def interleaved() -> Experiment:
    made = ExperimentFactory(changed={"weights": {"affect": 0.0, "genre": 1.0}}, design="interleaved")
    lifecycle.start(made)
    made.refresh_from_db()
    return made


def drafted_for(person: User) -> RankedList:
    brief = MusicBrief(valence=0.5, arousal=0.5, count=6, genres=(Label(name="jazz", score=0.9, kind="genre"),))
    board = Board(order=Order(person_id=person.pk), brief=brief)
    ranked: RankedList = Recommendation().act(board).changes["ranked"]
    return ranked


def test_a_new_list_is_drafted_from_both_rankings_and_remembers_whose_pick_each_track_was(client: Client) -> None:
    TrackFactory.create_batch(8, profile__valence=0.5, profile__arousal=0.5, profile__genres={"rock": 1.0})
    TrackFactory.create_batch(8, profile__valence=0.8, profile__arousal=0.7, profile__genres={"jazz": 1.0})
    experiment = interleaved()
    person = UserFactory()
    ranked = drafted_for(person)
    marks = [arm.mark for arm in experiment.arms_in_order()]
    assert Counter(track.team for track in ranked.tracks) == dict.fromkeys(marks, 3)
    assert ranked.policy == f"hybrid-mmr+{marks[0]}+{marks[1]}" and len({t.track_id for t in ranked.tracks}) == 6
    playlist = versions.publish(person, MusicBrief(valence=0.5, arousal=0.5), ranked)
    assert [track.team for track in versions.scored_tracks(playlist)] == [track.team for track in ranked.tracks]
    client.force_login(person)
    conversation = ConversationFactory(owner=person, head=playlist)
    client.get(f"/c/{conversation.pk}/")
    seen = Exposure.objects.get()
    assert seen.arm is None and seen.experiment == experiment


def test_no_artist_comes_more_often_in_a_draft_than_in_either_ranking() -> None:
    for n in range(8):
        TrackFactory(artist="The Same", profile__valence=0.5 + 0.04 * n, profile__genres={"jazz": n / 8 + 0.1})
    TrackFactory.create_batch(12, profile__valence=0.7)
    interleaved()
    assert sum(track.artist == "The Same" for track in drafted_for(UserFactory()).tracks) <= 2


def test_the_ranking_that_people_prefer_is_found() -> None:
    experiment = interleaved()
    marks = [arm.mark for arm in experiment.arms_in_order()]
    at = timezone.now() - timedelta(hours=72)
    tracks = TrackFactory.create_batch(2)
    for n, person in enumerate(User.objects.bulk_create(User(email=f"{n}@example.org") for n in range(90))):
        playlist = PlaylistFactory(owner=person, policy="+".join(["hybrid-mmr", *marks]))
        for place, (track, mark) in enumerate(zip(tracks, marks, strict=True)):
            PlaylistItemFactory(playlist=playlist, position=place, track=track, team=mark)
        Exposure.objects.create(experiment=experiment, person=person, playlist=playlist, at=at + timedelta(seconds=n))
        if n % 3:
            liked = tracks[1] if n % 9 else tracks[0]
            ReactionFactory(owner=person, track=liked, playlist=playlist, created=at + timedelta(hours=1))
    result = Result(experiment)
    assert result.contest and result.contest.preference.ties == 30
    assert result.contest.better == 1 and "People prefer the ranking of changed." in result.verdict


def test_a_draft_is_made_of_exactly_two_rankings() -> None:
    experiment = ExperimentFactory(design="interleaved")
    Arm.objects.create(experiment=experiment, name="third", settings={"reasoning": "symbolic"})
    with pytest.raises(lifecycle.NotReady):
        lifecycle.start(experiment)
