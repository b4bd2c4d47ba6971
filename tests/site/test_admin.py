"""The admin by role: who may open what, that looks at people are written down, and that nothing hostile runs there."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.admin.utils import flatten
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from accounts.models import AccessReason, User
from accounts.roles import ROLES, _permissions, give_role
from accounts.staff_access import pseudonym
from agents.findings import Finding, finding, off_target, stored
from agents.models import Conversation, Turn
from core.errors import BadInput
from core.schemas import ImageReading, Label, MusicBrief, dump
from feedback.experiments import lifecycle
from feedback.models import EvaluationCase, ReviewCase
from feedback.models.experiments import Experiment, Tuning
from recommender.library import full_tier
from recommender.models import LibraryJob
from tests.factories import (
    ConversationFactory,
    ExperimentFactory,
    GuestFactory,
    PictureFactory,
    PlaylistFactory,
    PlaylistItemFactory,
    ReactionFactory,
    TrackFactory,
    TurnFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db

HARMLESS = {"conversation.share_token", "experiment.salt"}
"""Fields of models whose pages are made by hand, without them."""
HOSTILE = "<script>alert(1)</script>"
PAGES = {
    "owner": ["accounts_user", "accounts_apitoken", "accounts_accessreason", "admin_logentry", "auth_group"],
    "personal": ["agents_conversation", "agents_turn", "feedback_reaction", "recommender_libraryjob"],
    "reviewer": ["feedback_reviewcase"],
    "analyst": ["feedback_experiment", "feedback_tuning", "recommender_vectorspace"],
    "reviewer analyst": ["feedback_evaluationcase", "recommender_track"],
}


def staff(role: str) -> User:
    person = UserFactory(email=f"{role}@staff.example.org")
    give_role(person, role)
    return person


def reviewed_list(owner: User | None = None, **words: Any) -> ReviewCase:
    """A list with a like and a refusal, in the queue."""
    owner = owner or UserFactory(email="ada@example.org", name="Ada Lovelace")
    reading = ImageReading(valence=0.7, arousal=0.2, phrase="a quiet shore", moods=(Label(name="calm", score=0.8),))
    picture = PictureFactory(owner=owner, reading=dump(reading), name="secret-holiday.jpg")
    brief = MusicBrief(valence=0.5, arousal=0.5, words="my private words", phrase="for Ada", **words)
    head = PlaylistFactory(owner=owner, picture=picture, brief=dump(brief), title="Ada's private title")
    items = [PlaylistItemFactory(playlist=head, position=n, reason=f"Reason {n} {HOSTILE}") for n in range(3)]
    ReactionFactory(owner=owner, track=items[0].track, playlist=head)
    ReactionFactory(owner=owner, track=items[1].track, playlist=head, kind="never_track")
    from feedback.review import queue

    queue.gather()
    return ReviewCase.objects.get(playlist=head)


def test_every_permission_of_a_role_exists() -> None:
    known = {f"{one.content_type.app_label}.{one.codename}" for one in _permissions()}
    assert {one for allowed in ROLES.values() for one in allowed} - {"*"} <= known
    assert set(Group.objects.values_list("name", flat=True)) == set(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_only_what_it_should(client: Client, role: str) -> None:
    client.force_login(staff(role))
    front = client.get("/admin/")
    assert front.status_code == 200 and b"lists today" in front.content
    for roles, names in PAGES.items():
        for name in names:
            allowed = role == "owner" or role in roles.split()
            address = reverse(f"admin:{name}_changelist")
            assert client.get(address).status_code == (200 if allowed else 403), (role, name)
            assert (f'href="{address}"'.encode() in front.content) == (allowed and name != "auth_group"), (role, name)
    for name, roles in (
        ("suggestions", "analyst"),
        ("model_registry", "analyst"),
        ("taste_people", "reviewer"),
        ("research", ""),
    ):
        allowed = role == "owner" or role in roles.split()
        assert client.get(reverse(f"admin:{name}")).status_code == (200 if allowed else 403), (role, name)
    assert (b"worker models" in front.content) == (role == "owner")


def test_the_owner_switches_the_picture_model_on_and_off(
    client: Client, settings: LazySettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DYLUMO_MODEL_DIR", str(tmp_path))
    monkeypatch.setattr(full_tier.memory, "free", lambda: 2**40)
    settings.FETCH_MODELS = True
    page = reverse("admin:model_registry")
    client.force_login(staff("analyst"))
    looked = client.get(page).content.decode()
    assert "after the first list" in looked
    assert "Do not fetch it" not in looked
    assert client.post(page, {"full": "off"}).status_code == 403
    client.force_login(staff("owner"))
    assert "Do not fetch it (577.1\xa0MB)" in client.get(page).content.decode()
    client.post(page, {"full": "off"})
    off = client.get(page).content.decode()
    assert "It is switched off." in off
    assert "Fetch it (577.1\xa0MB)" in off
    client.post(page, {"full": "on"})
    job = LibraryJob.objects.get(state=LibraryJob.State.QUEUED)
    LibraryJob.objects.filter(pk=job.pk).update(state=LibraryJob.State.RUNNING, done=120_000_000, total=605_143_284)
    assert "It is being fetched: 114 MB of 577 MB." in client.get(page).content.decode()
    assert LogEntry.objects.filter(object_id=str(job.pk)).exists()
    monkeypatch.setattr(full_tier.memory, "free", lambda: 2**30)
    LibraryJob.objects.all().delete()
    small = client.get(page).content.decode()
    assert "There are 1.0 GB of memory free, and it wants 2.4 GB for 1 worker(s): it is not fetched." in small
    assert "Fetch it" not in small


@pytest.mark.parametrize("who", ["stranger", "person", "guest"])
def test_nobody_else_comes_in(client: Client, who: str) -> None:
    if who != "stranger":
        client.force_login(UserFactory() if who == "person" else GuestFactory())
    case, experiment = reviewed_list(), ExperimentFactory()
    for address in (
        "/admin/",
        reverse("admin:feedback_reviewcase_change", args=[case.pk]),
        reverse("admin:experiment_result", args=[experiment.pk]),
        reverse("admin:taste_inspector", args=[case.playlist.owner_id]),
        reverse("admin:suggestions"),
        reverse("admin:model_registry"),
        reverse("admin:research"),
    ):
        response = client.get(address)
        assert response.status_code == 302 and "login" in response["Location"]
        door = client.get(response["Location"])
        assert door["Location"].startswith("/accounts/login/") if who == "stranger" else door.status_code == 403


def test_no_page_of_the_admin_shows_what_opens_doors(client: Client) -> None:
    shown = {
        f"{model._meta.model_name}.{field.name}"
        for model, pages in admin.site._registry.items()
        for field in model._meta.concrete_fields
        if model._meta.app_label != "socialaccount"  # its tables stay empty
        if not pages.fields or field.name in flatten(pages.fields)
    }
    opening = ("password", "secret", "token", "digest", "session_key", "share_token", "salt", "data", "key")
    assert [one for one in shown if one.partition(".")[2] in opening and one not in HARMLESS] == []
    owner = staff("owner")
    client.force_login(owner)
    page = client.get(reverse("admin:accounts_user_change", args=[owner.pk])).content.decode()
    assert owner.password not in page and "argon2" not in page


def test_a_role_is_given_from_the_shell_and_never_to_a_guest() -> None:
    person = UserFactory(email="eva@example.org")
    call_command("give_role", "EVA@example.org", "reviewer")
    person.refresh_from_db()
    assert person.is_staff and [group.name for group in person.groups.all()] == ["reviewer"]
    with pytest.raises(BadInput):
        give_role(GuestFactory(), "reviewer")


# --- the review queue


def test_a_reviewer_sees_the_list_as_it_was_seen_and_not_whose_it_is(client: Client) -> None:
    case = reviewed_list()
    client.force_login(staff("reviewer"))
    queue_page = client.get(reverse("admin:feedback_reviewcase_changelist")).content.decode()
    page = client.get(reverse("admin:feedback_reviewcase_change", args=[case.pk])).content.decode()
    assert pseudonym(case.playlist.owner_id) in queue_page
    for told in ("a quiet shore", "calm", "Reason 2", "never this song", "liked", "valence 0.70"):
        assert told in page
    for hidden in ("ada@example.org", "Ada Lovelace", "my private words", "private title", "secret-holiday", HOSTILE):
        assert hidden not in page + queue_page
    assert "&lt;script&gt;" in page


def test_a_reviewer_filters_marks_answers_and_makes_an_evaluation_case(client: Client) -> None:
    case = reviewed_list()
    reviewer = staff("reviewer")
    client.force_login(reviewer)
    address = reverse("admin:feedback_reviewcase_changelist")
    assert pseudonym(case.playlist.owner_id) in client.get(address, {"said": "likes"}).content.decode()
    assert pseudonym(case.playlist.owner_id) not in client.get(address, {"said": "skips"}).content.decode()
    change = reverse("admin:feedback_reviewcase_change", args=[case.pk])
    client.post(
        change,
        {
            "state": "answered",
            "tags": "calm, too wild",
            "answer": "Too wild.",
            "feedback_reviewcase_evaluation_case": "1",
        },
    )
    case.refresh_from_db()
    assert (case.state, case.tags, case.answer, case.reviewer) == ("answered", "calm, too wild", "Too wild.", reviewer)
    made = EvaluationCase.objects.get()
    tracks = list(case.playlist.items.values_list("track_id", flat=True))
    assert (made.wanted, made.unwanted, made.note) == ([tracks[0]], [tracks[1]], "Too wild.")
    assert "private words" not in json.dumps(made.brief) and "Ada" not in json.dumps(made.brief)
    page = client.get(reverse("admin:feedback_evaluationcase_change", args=[made.pk])).content.decode()
    assert "1 of 1 wanted and 1 of 1 unwanted" in page
    assert LogEntry.objects.filter(user=reviewer, object_id=str(case.pk)).count() == 2
    client.post(change, {"state": "new", "tags": "", "answer": ""})
    case.refresh_from_db()
    assert case.state == "answered", "a review does not become new again"


def test_the_queue_gathers_once_and_keeps_what_reviewers_wrote() -> None:
    from feedback.review import queue

    case = reviewed_list()
    ReviewCase.objects.update(tags="kept", state="closed")
    assert queue.gather() == 0
    ReactionFactory(owner=case.playlist.owner, track=case.playlist.items.last().track, playlist=case.playlist)
    assert queue.gather() == 0
    case.refresh_from_db()
    assert (case.likes, case.dislikes, case.tags, case.state) == (2, 1, "kept", "closed")


def test_exported_cases_name_nobody(client: Client) -> None:
    case = reviewed_list()
    client.force_login(staff("reviewer"))
    address = reverse("admin:feedback_reviewcase_changelist")
    response = client.post(address, {"action": "export_cases", "_selected_action": [case.pk]})
    [line] = response.content.decode().splitlines()
    told = json.loads(line)
    assert told["person"] == pseudonym(case.playlist.owner_id) and len(told["tracks"]) == 3
    assert told["tracks"][0]["said"] == ["like"]
    for hidden in ("ada@", "Lovelace", "private", "holiday"):
        assert hidden not in line


# --- looks at people


def test_a_conversation_opens_only_after_a_reason_is_written_down(client: Client) -> None:
    owner = staff("owner")
    client.force_login(owner)
    turn = TurnFactory(conversation=ConversationFactory(title="a title of theirs"), text=f"our wedding {HOSTILE}")
    address = reverse("admin:agents_conversation_change", args=[turn.conversation_id])
    listed = client.get(reverse("admin:agents_conversation_changelist")).content.decode()
    assert "a title of theirs" not in listed and str(turn.conversation.owner) not in listed
    page = client.get(address).content.decode()
    assert "our wedding" not in page and "Say why you look at this" in page
    client.post(address, {"reason": "short"})
    assert "our wedding" not in client.get(address).content.decode() and not AccessReason.objects.exists()
    client.post(address, {"reason": "The person wrote to us about a failed list."})
    page = client.get(address).content.decode()
    assert "our wedding" in page and HOSTILE not in page
    reason = AccessReason.objects.get()
    assert (reason.staff, reason.subject) == (owner, pseudonym(turn.conversation.owner_id))
    other = TurnFactory(conversation=ConversationFactory(owner=turn.conversation.owner), text="another one")
    page = client.get(reverse("admin:agents_conversation_change", args=[other.conversation_id])).content.decode()
    assert "another one" not in page


def test_the_taste_inspector_asks_for_a_reason_of_each_member_of_staff(client: Client) -> None:
    person = UserFactory(email="ada@example.org")
    for _ in range(3):
        ReactionFactory(owner=person, track=TrackFactory(profile__acousticness=0.95))
    address = reverse("admin:taste_inspector", args=[person.pk])
    client.force_login(staff("reviewer"))
    assert "more acoustic" not in client.get(address).content.decode()
    client.post(address, {"reason": "Checking why lists got quieter."})
    page = client.get(address).content.decode()
    assert "more acoustic" in page and "ada@" not in page
    client.force_login(staff("owner"))
    assert "more acoustic" not in client.get(address).content.decode()


# --- the experiment board


def test_an_analyst_drafts_starts_stops_and_decides_but_sets_nothing_for_everybody(client: Client) -> None:
    analyst = staff("analyst")
    client.force_login(analyst)
    sent = {
        "name": "wider",
        "question": f"Does less mood help? {HOSTILE}",
        "design": "groups",
        "surface": "list",
        "metric": "liked",
        "traffic": "1",
        "holdout": "0",
        "layer": "",
        "least_effect": "0.05",
        "hours": "24",
        "guardrails": ["skips"],
        "arms-TOTAL_FORMS": "2",
        "arms-INITIAL_FORMS": "0",
        "arms-0-name": "usual",
        "arms-0-control": "on",
        "arms-0-share": "1",
        "arms-0-settings": "{}",
        "arms-1-name": "changed",
        "arms-1-share": "1",
        "arms-1-settings": '{"weights": {"affect": 9}}',
    }
    refused = client.post(reverse("admin:feedback_experiment_add"), sent)
    assert b"The weight of affect cannot be 9" in refused.content and not Experiment.objects.exists()
    client.post(reverse("admin:feedback_experiment_add"), sent | {"arms-1-settings": '{"weights": {"affect": 0.2}}'})
    experiment = Experiment.objects.get()
    result, step = (reverse(f"admin:experiment_{name}", args=[experiment.pk]) for name in ("result", "step"))
    for way, state in (("start", "running"), ("stop", "stopped")):
        client.post(step, {"step": way})
        experiment.refresh_from_db()
        assert experiment.state == state
        page = client.get(result).content.decode()
        assert HOSTILE not in page and "not before 50 people an arm" in page
    arm = experiment.arms.get(name="changed")
    assert client.post(step, {"step": "decide", "decision": "Keep it.", "adopt": arm.pk}).status_code == 403
    client.post(step, {"step": "decide", "decision": "No finding."})
    experiment.refresh_from_db()
    assert experiment.decision == "No finding." and not Tuning.objects.exists()
    assert LogEntry.objects.filter(user=analyst).count() == 4


def test_a_running_experiment_is_not_edited(client: Client) -> None:
    client.force_login(staff("owner"))
    experiment = ExperimentFactory()
    lifecycle.start(experiment)
    address = reverse("admin:feedback_experiment_change", args=[experiment.pk])
    assert client.post(address, {"name": "other"}).status_code == 403
    assert client.post(reverse("admin:feedback_experiment_delete", args=[experiment.pk])).status_code == 403
    many = {"action": "delete_selected", "_selected_action": [experiment.pk], "post": "yes"}
    client.post(reverse("admin:feedback_experiment_changelist"), many)
    assert Experiment.objects.filter(pk=experiment.pk).exists()


# --- the evaluation agent's memory


ALIKE = finding("too_alike")
FORMERLY = "Widen the search: the tracks are much alike."
"""The same, as it was stored before there were codes."""


def judged(*suggestions: Finding | str, satisfaction: float = 0.6) -> Turn:
    measures = {"alignment": 0.8, "diversity": 0.2, "novelty": 1.0, "satisfaction": satisfaction}
    if any(isinstance(told, str) for told in suggestions):
        told = {"findings": ["The list is brighter than the target by 0.21."], "suggestions": list(suggestions)}
    else:
        told = stored({"findings": [asdict(off_target("brighter"))], "suggestions": [asdict(s) for s in suggestions]})
    return TurnFactory(state="done", verdict={**measures, "kept": True, **told})


def test_suggestions_are_added_up_and_become_a_draft_or_a_setting(client: Client) -> None:
    judged(ALIKE), judged(FORMERLY, satisfaction=0.4), judged(finding("more_music", side="darker"))
    judged()
    client.force_login(staff("owner"))
    address = reverse("admin:suggestions")
    page = client.get(address).content.decode()
    assert "2 (50 %)" in page and "No setting can do this." in page
    assert "A bit brighter than you asked" in page and "4 times" in page
    for _ in range(2):
        client.post(address, {"code": "too_alike", "as": "experiment"})
    experiment = Experiment.objects.get()
    assert experiment.question == ALIKE.text
    assert experiment.arms.get(name="changed").settings["weights"]["affect"] < 0.42
    lifecycle.start(experiment)
    for _ in range(2):
        client.post(address, {"code": "too_alike", "as": "setting"})
    assert Tuning.objects.get().why == ALIKE.text
    assert "set for everybody since" in client.get(address).content.decode()
    client.post(address, {"code": "Drop all tables", "as": "setting"})
    assert Tuning.objects.count() == 1


def test_a_setting_from_a_suggestion_of_before_there_were_codes_still_counts(client: Client) -> None:
    owner = staff("owner")
    Tuning.objects.create(settings={"weights": {"affect": 0.3}}, why=FORMERLY, by=owner)
    judged(ALIKE)
    client.force_login(owner)
    assert "set for everybody since" in client.get(reverse("admin:suggestions")).content.decode()
    client.post(reverse("admin:suggestions"), {"code": "too_alike", "as": "setting"})
    assert Tuning.objects.count() == 1


def test_an_analyst_may_draft_but_not_set(client: Client) -> None:
    judged(ALIKE)
    client.force_login(staff("analyst"))
    assert client.post(reverse("admin:suggestions"), {"code": "too_alike", "as": "setting"}).status_code == 403
    client.post(reverse("admin:suggestions"), {"code": "too_alike", "as": "experiment"})
    assert Experiment.objects.exists() and not Tuning.objects.exists()


def test_settings_for_everybody_are_made_and_taken_back(client: Client) -> None:
    client.force_login(staff("owner"))
    sent = {"settings": '{"reasoning": "symbolic"}', "why": "to see"}
    client.post(reverse("admin:feedback_tuning_add"), sent)
    made = Tuning.objects.get()
    assert made.settings == {"reasoning": "symbolic"} and str(made.by) == "owner@staff.example.org"
    client.post(reverse("admin:feedback_tuning_changelist"), {"action": "take_back", "_selected_action": [made.pk]})
    made.refresh_from_db()
    assert made.undone


def test_the_front_page_tells_todays_figures(client: Client) -> None:
    reviewed_list()
    conversation: Conversation = ConversationFactory()
    TurnFactory(conversation=conversation, state="failed", error={"code": "worker_lost", "message": "x", "hint": ""})
    client.force_login(staff("analyst"))
    page = client.get("/admin/").content.decode()
    assert "worker_lost" in page and "100 %" in page
