"""Studies with people: an owner opens one, people take part by link alone, strangers see nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import OWNER, REVIEWER, give_role
from core.errors import BadInput, Conflict, NotFound
from core.schemas import ImageReading, dump
from core.stats.intervals import wilson
from feedback.models import Judgement, Participant, PeopleStudy
from feedback.user_studies import analysis, ways
from feedback.user_studies import study as user_study
from recommender.library.photos import store_picture
from tests.factories import TrackFactory, UserFactory
from tests.recommender.photos import encoded, painted

pytestmark = pytest.mark.django_db
SUS_BEST = {f"item{n}": 5 if n % 2 else 1 for n in range(1, 11)}


@pytest.fixture
def owner() -> User:
    person = UserFactory()
    give_role(person, OWNER)
    return person


@pytest.fixture
def study(owner: User, settings: LazySettings, tmp_path: Path) -> PeopleStudy:
    settings.MEDIA_ROOT = tmp_path
    for place in range(30):
        TrackFactory(profile__valence=place / 30, profile__arousal=(place * 7 % 30) / 30)
    photos = []
    for place, width in enumerate((120, 200)):
        photo = store_picture(owner, encoded(painted(width=width)), name=f"{place}.png")
        photo.reading = dump(ImageReading(valence=0.2 + 0.6 * place, arousal=0.5))
        photo.save()
        photos.append(photo)
    made = PeopleStudy.objects.create(
        owner=owner,
        title="Photos and songs",
        question="Do rules do better?",
        settings_a={},
        settings_b={"reasoning": "symbolic"},
    )
    user_study.open_study(made, photos)
    return made


def judge(client: Client, person: Participant, choice: str = "left", **more: Any) -> Any:
    shown = user_study.next_task(person)
    assert shown
    data = {"task": shown.task.pk, "choice": choice, "left": 4, "right": 2, **more}
    return client.post(reverse("study_judge", args=[person.token]), data)


def test_a_person_takes_part_from_consent_to_thanks_without_an_account(client: Client, study: PeopleStudy) -> None:
    (person,) = user_study.invite(study, 1)
    page = reverse("taking_part", args=[person.token])
    assert "Only your answers are kept" in client.get(page).content.decode()
    client.post(reverse("study_consent", args=[person.token]))
    task = client.get(page).content.decode()
    assert "Photo 1 of 2" in task
    assert "symbolic" not in task
    assert study.question not in task
    shown = user_study.next_task(person)
    assert shown
    assert client.get(reverse("study_picture", args=[person.token, shown.task.pk])).status_code == 200
    judge(client, person)
    judge(client, person, "even")
    assert "Ten last questions" in client.get(page).content.decode()
    client.post(reverse("study_usability", args=[person.token]), SUS_BEST)
    assert "Thank you" in client.get(page).content.decode()
    assert User.objects.count() == 1
    found = analysis.analyse(study)
    assert (found.begun, found.finished, found.wins["even"]) == (1, 1, 1)


def test_sides_are_the_persons_own_and_choices_are_turned_back(client: Client, study: PeopleStudy) -> None:
    people = user_study.invite(study, 40)
    first = study.tasks.first()
    assert first
    drawn = [user_study.sides(person, first)[0] for person in people]
    assert 8 < drawn.count("a") < 32
    assert [user_study.sides(person, first)[0] for person in people] == drawn
    orders = {tuple(task.pk for task in user_study.ordered(person, list(study.tasks.all()))) for person in people}
    assert len(orders) == 2
    user_study.agree(people[0])
    people[0].refresh_from_db()
    user_study.judge(people[0], first.pk, "right", 1, 5)
    said = Judgement.objects.get()
    assert said.left == drawn[0]
    assert said.choice != said.left
    assert {said.rating_a, said.rating_b} == {1, 5}
    assert getattr(said, f"rating_{said.choice}") == 5


def test_the_first_answer_stands_and_nothing_counts_before_consent(client: Client, study: PeopleStudy) -> None:
    (person,) = user_study.invite(study, 1)
    task = study.tasks.first()
    assert task
    with pytest.raises(Conflict):
        user_study.judge(person, task.pk, "left", 3, 3)
    user_study.agree(person)
    person.refresh_from_db()
    user_study.judge(person, task.pk, "even", 3, 3)
    user_study.judge(person, task.pk, "left", 5, 1)
    assert Judgement.objects.get().choice == "even"
    for wrong in ({"choice": "both"}, {"left": 6}, {"right": ""}):
        assert judge(client, person, **wrong).status_code == 400
    with pytest.raises(BadInput):
        user_study.answer_usability(person, [3] * 9)


def test_answers_can_be_taken_back(client: Client, study: PeopleStudy) -> None:
    (person,) = user_study.invite(study, 1)
    client.post(reverse("study_consent", args=[person.token]))
    person.refresh_from_db()
    judge(client, person)
    client.post(reverse("study_withdraw", args=[person.token]))
    assert not Judgement.objects.exists()
    assert "I agree" in client.get(reverse("taking_part", args=[person.token])).content.decode()


def test_revoked_unknown_and_closed_links_are_dead(client: Client, study: PeopleStudy) -> None:
    revoked, held = user_study.invite(study, 2)
    assert len({revoked.token, held.token}) == 2
    assert len(held.token) >= 43
    user_study.revoke(revoked)
    for token in (revoked.token, "guess"):
        assert client.get(reverse("taking_part", args=[token])).status_code == 404
        assert client.post(reverse("study_consent", args=[token])).status_code == 404
        assert client.get(reverse("study_picture", args=[token, study.tasks.first().pk])).status_code == 404  # type: ignore[union-attr]
    user_study.close(study)
    assert client.get(reverse("taking_part", args=[held.token])).status_code == 404
    with pytest.raises(Conflict):
        user_study.invite(study, 1)
    with pytest.raises(Conflict):
        user_study.close(study)


def test_a_link_opens_its_own_study_only(client: Client, study: PeopleStudy, owner: User) -> None:
    other = PeopleStudy.objects.create(owner=owner, title="Other", question="?", settings_b={"reasoning": "neural"})
    user_study.open_study(other, [task.picture for task in study.tasks.all()])
    (person,) = user_study.invite(study, 1)
    user_study.agree(person)
    person.refresh_from_db()
    theirs = other.tasks.first()
    assert theirs
    assert client.get(reverse("study_picture", args=[person.token, theirs.pk])).status_code == 404
    with pytest.raises(NotFound):
        user_study.judge(person, theirs.pk, "left", 3, 3)


def test_only_own_read_photos_and_lists_that_differ_are_taken(study: PeopleStudy, owner: User) -> None:
    stranger = UserFactory()
    photo = study.tasks.first().picture  # type: ignore[union-attr]
    alien = PeopleStudy.objects.create(owner=stranger, title="x", question="?", settings_b={"reasoning": "neural"})
    with pytest.raises(BadInput, match="of yours"):
        user_study.open_study(alien, [photo])
    alike = PeopleStudy.objects.create(owner=owner, title="x", question="?")
    with pytest.raises(BadInput, match="alike"):
        user_study.open_study(alike, [photo])
    with pytest.raises(BadInput, match="cannot compare"):
        ways.checked_settings({"template": "compact"})


def test_lists_hold_shared_tracks_only(study: PeopleStudy, owner: User) -> None:
    for task in study.tasks.all():
        for playlist in (task.list_a, task.list_b):
            assert playlist.items.count() == study.length
            assert not playlist.items.filter(track__owner__isnull=False).exists()


def test_the_owner_opens_invites_revokes_and_exports_in_the_admin(
    client: Client, study: PeopleStudy, owner: User
) -> None:
    client.force_login(owner)
    page, step = (reverse(f"admin:{name}", args=[study.pk]) for name in ("people_study", "people_study_step"))
    client.post(step, {"step": "invite", "count": 2})
    first, second = study.participants.all()
    shown = client.get(page).content.decode()
    assert first.token in shown
    client.post(step, {"step": "revoke", "number": second.number})
    assert second.token not in client.get(page).content.decode()
    user_study.agree(first)
    first.refresh_from_db()
    judge(Client(), first)
    table = client.get(reverse("admin:people_study_export", args=[study.pk])).content.decode()
    (row,) = csv.DictReader(io.StringIO(table))
    assert row["participant"] == "1"
    assert first.token not in table
    client.post(step, {"step": "close"})
    study.refresh_from_db()
    assert study.state == "closed"


def test_a_draft_is_made_and_opened_in_the_admin(client: Client, study: PeopleStudy, owner: User) -> None:
    client.force_login(owner)
    data = {"title": "New", "question": "?", "consent": "Please.", "settings_a": "{}", "length": 4}
    refused = client.post(reverse("admin:feedback_peoplestudy_add"), {**data, "settings_b": '{"reasoning": "magic"}'})
    assert "cannot be" in refused.content.decode()
    client.post(reverse("admin:feedback_peoplestudy_add"), {**data, "settings_b": '{"reasoning": "symbolic"}'})
    made = PeopleStudy.objects.get(title="New")
    assert made.owner == owner
    photo = study.tasks.first().picture  # type: ignore[union-attr]
    step = reverse("admin:people_study_step", args=[made.pk])
    assert str(photo.pk) in client.get(reverse("admin:people_study", args=[made.pk])).content.decode()
    client.post(step, {"step": "open", "photo": ["nonsense"]})
    made.refresh_from_db()
    assert made.state == "draft"
    client.post(step, {"step": "open", "photo": [str(photo.pk)]})
    made.refresh_from_db()
    assert (made.state, made.tasks.count()) == ("open", 1)


@pytest.mark.parametrize("role", [None, REVIEWER])
def test_others_cannot_look_at_a_study_or_change_it(client: Client, study: PeopleStudy, role: str | None) -> None:
    stranger = UserFactory()
    if role:
        give_role(stranger, role)
    client.force_login(stranger)
    for name in ("people_study", "people_study_export"):
        assert client.get(reverse(f"admin:{name}", args=[study.pk])).status_code in (302, 403)
    client.post(reverse("admin:people_study_step", args=[study.pk]), {"step": "close"})
    study.refresh_from_db()
    assert study.state == "open"


def test_people_who_all_prefer_one_list_are_told_so(study: PeopleStudy) -> None:
    for person in user_study.invite(study, 6):
        user_study.agree(person)
        person.refresh_from_db()
        for task in study.tasks.all():
            b_left = user_study.sides(person, task)[0] == "b"
            user_study.judge(person, task.pk, "left" if b_left else "right", 5 if b_left else 2, 2 if b_left else 5)
        user_study.answer_usability(person, [5, 1] * 5)
    found = analysis.analyse(study)
    assert found.wins == {"a": 0, "even": 0, "b": 12}
    assert found.decided
    assert found.decided.low > 0.7
    assert found.rating_b
    assert found.rating_b.value == 5
    assert found.usability
    assert found.usability.value == 100


def test_wilsons_interval_of_known_shares() -> None:
    """The closed formula with z = 1.96, worked by hand."""
    for hits, n, low, high in ((0, 5, 0.0, 0.4345), (3, 7, 0.1582, 0.7495), (50, 60, 0.7196, 0.9069)):
        ours = wilson(hits, n)
        assert (ours.low, ours.high) == pytest.approx((low, high), abs=1e-4)
