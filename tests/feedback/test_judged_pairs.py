"""What the bridge may learn from: likes beside a photo, of people who agreed, and pairs that reviewers settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from accounts.roles import REVIEWER, give_role
from core.storage import KeptFile
from feedback.models import CuratedPair
from feedback.pairs import labelling as curated
from feedback.taste import reactions
from feedback.treatments import BadTreatment, treatment_from, written_out
from lab.training import cross_modal
from lab.training.site_feedback import gathered, parts
from recommender.library.photos import store_picture
from recommender.models import Picture, Track
from recommender.perception.cross_modal import model
from recommender.perception.images import affect_model
from recommender.ranking import learned_weights
from tests.factories import PlaylistFactory, PlaylistItemFactory, ReactionFactory, TrackFactory, UserFactory
from tests.recommender.photos import encoded
from tests.recommender.tiny_models import COLOURS, plain

pytestmark = pytest.mark.django_db

AGO = timedelta(days=1)


@pytest.fixture(autouse=True)
def media(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


def consenting() -> User:
    person: User = UserFactory()
    person.research_consent = timezone.now() - AGO
    person.save()
    return person


def photo_of(person: User, colour: str = "red", shade: int = 0) -> Picture:
    return store_picture(person, encoded(plain(colour, shade, 96)), name="a.png")


def said(person: User, picture: Picture, track: Track, kind: str = "like", **more: object) -> None:
    ReactionFactory(
        owner=person,
        track=track,
        kind=kind,
        playlist=PlaylistFactory(owner=person, picture=picture),
        event_key="" if kind in ("like", "not_now", "never_track") else f"{kind}{track.pk}",
        **more,
    )


def test_what_was_liked_and_refused_beside_a_photo_is_a_pair() -> None:
    person = consenting()
    picture = photo_of(person)
    said(person, picture, TrackFactory(profile__valence=0.9))
    said(person, picture, TrackFactory(profile__valence=0.1), "never_track")
    said(person, picture, TrackFactory(profile__valence=0.2), "removed")
    found = gathered()
    assert found.pictures == (KeptFile(picture.file.name),)
    assert found.grades.tolist() == [[1.0, 0.0, 0.0]]


def test_nothing_of_people_who_did_not_agree_or_before_they_did_is_learned_from() -> None:
    stranger, person = UserFactory(), consenting()
    said(stranger, photo_of(stranger), TrackFactory())
    said(person, photo_of(person), TrackFactory(), created=timezone.now() - 2 * AGO)
    assert gathered().pictures == ()
    said(person, photo_of(person), TrackFactory(profile__valence=0.3))
    assert len(gathered().pictures) == 1
    person.research_consent = None
    person.save()
    assert gathered().pictures == ()


def test_a_pause_an_undone_like_anothers_photo_and_anothers_track_are_left_out() -> None:
    person, other = consenting(), consenting()
    said(person, photo_of(other), TrackFactory())
    said(person, photo_of(person), TrackFactory(owner=person))
    said(person, photo_of(person), TrackFactory(profile__provenance="advisory"))
    said(person, photo_of(person), TrackFactory(), undone=timezone.now())
    assert gathered().pictures == ()
    said(person, photo_of(person), TrackFactory())
    assert len(gathered().pictures) == 1
    reactions.pause(person)
    assert gathered().pictures == ()


def test_settled_pairs_of_reviewers_join_and_a_deleted_file_is_passed_over() -> None:
    proposer = UserFactory()
    fits, fits_not, torn = (TrackFactory(profile__valence=value) for value in (0.9, 0.1, 0.5))
    picture = photo_of(proposer)
    reviewers = [UserFactory(), UserFactory()]
    for track, says in ((fits, "fits fits"), (fits_not, "not not"), (torn, "fits not")):
        pair = CuratedPair.objects.create(picture=picture, track=track, origin="ranked")
        for reviewer, word in zip(reviewers, says.split(), strict=True):
            give_role(reviewer, REVIEWER)
            curated.judge(reviewer, pair.pk, word)
    assert gathered().grades.tolist() == [[1.0, 0.0]]
    Path(picture.file.path).unlink()
    assert gathered().pictures == ()


def test_the_command_says_how_many_pairs_are_missing() -> None:
    person = consenting()
    said(person, photo_of(person), TrackFactory())
    with pytest.raises(CommandError, match=r"needs 20 fitting pairs of 5 pictures; there are 1 of 1.*too_few_pairs"):
        call_command("train", "bridge", "--data", "feedback", "--tier", "basic")


def test_a_bridge_learned_from_likes_takes_the_place_of_the_shipped_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    monkeypatch.setattr(cross_modal, "SETTINGS", replace(cross_modal.SETTINGS, steps=60, memory=64))
    shipped = model.bridge_of("basic")
    assert shipped is not None and model.bridge_file("basic").parent == affect_model.TRAINED
    colours, people = list(COLOURS)[:4], [consenting() for _ in range(3)]
    tracks = {
        colour: [TrackFactory(profile__energy=0.1 + 0.25 * place + 0.01 * n) for n in range(6)]
        for place, colour in enumerate(colours)
    }
    for number, person in enumerate(people):
        for place, colour in enumerate(colours * 2):
            picture = photo_of(person, colour, 10 * number + place)
            for track in tracks[colour][place // len(colours) :: 2]:
                said(person, picture, track)
    out = StringIO()
    call_command("train", "bridge", "--data", "feedback", "--tier", "basic", stdout=out)
    figures = dict(line.split(": ", 1) for line in out.getvalue().splitlines())
    assert float(figures["recall_at_10"]) > 1.5 * float(figures["by_chance"])
    learned = model.bridge_of("basic")
    assert learned is not None and learned.space != shipped.space
    assert model.bridge_file("basic").is_relative_to(tmp_path)


def test_what_was_said_in_a_list_is_learned_from_with_the_parts_of_each_match() -> None:
    person, stranger = consenting(), UserFactory()
    for one in (person, stranger):
        playlist = PlaylistFactory(owner=one, picture=photo_of(one))
        for place, kind in enumerate(("like", "never_track", "")):
            track = TrackFactory(profile__valence=place / 10)
            told = [{"name": "affect", "value": (9 - place) / 10, "weight": 0.5}, {"name": "taste", "value": 1.0}]
            PlaylistItemFactory(playlist=playlist, track=track, position=place + 1, parts=told)
            if kind:
                ReactionFactory(owner=one, track=track, kind=kind, playlist=playlist)
    found = parts()
    assert found.fits.tolist() == [True, False]
    assert found.values[:, 0].tolist() == [0.9, 0.8] and np.isnan(found.values[:, 1:]).all()
    assert set(found.groups.tolist()) == {person.pk}
    with pytest.raises(CommandError, match=r"there are 1 and 1 of 1.*too_few_judged"):
        call_command("train", "fusion", "--data", "feedback")


def test_an_arm_may_choose_what_was_learned_and_keeps_the_numbers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    with pytest.raises(BadTreatment, match="No weights have been learned"):
        written_out({"weights": "learned"})
    learned_weights.save_weights({"affect": 0.7, "mood": 0.3})
    chosen = written_out({"weights": "learned", "strategy": "blackboard"})
    learned_weights.save_weights({"affect": 0.1, "mood": 0.9})
    assert treatment_from(chosen).weights == {"affect": 0.7, "mood": 0.3}
