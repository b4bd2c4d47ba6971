"""Listening together: who may come in, what they see, what they may do, and what they never get to know."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from agents.board import Board
from agents.conversations import run_turn, turns
from agents.conversations.page import ConversationPage
from agents.conversations.sessions import actions, listeners
from agents.conversations.sessions.actions import (
    InvitationOver,
    NameTaken,
    NoName,
    NotAMember,
    SessionFull,
    UnknownMethod,
)
from agents.models import Conversation, Member, Session, Turn
from core.schemas import MusicBrief, dump
from feedback.models import Reaction
from recommender.models import Playlist, Track
from tests.factories import (
    AudioProfileFactory,
    ConversationFactory,
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
HTMX = {"HX-Request": "true"}


@pytest.fixture
def conversation() -> Conversation:
    """A finished conversation with a photo, a list of four, something said before, and more tracks that would fit."""
    owner = UserFactory()
    head = PlaylistFactory(owner=owner, brief=dump(MusicBrief(valence=0.5, arousal=0.5, count=4)))
    for place in range(4):
        PlaylistItemFactory(playlist=head, position=place)
    TrackFactory.create_batch(16)
    picture = PictureFactory(owner=owner)
    picture.file.save("photo.webp", ContentFile(b"pixels"))
    found = ConversationFactory(owner=owner, head=head, picture=picture)
    said = {"text": "a secret wish", "answer": "a secret answer"}
    TurnFactory(conversation=found, number=1, state="done", playlist=head, picture=picture, **said)
    return found


@pytest.fixture
def session(conversation: Conversation) -> Session:
    return actions.open_session(conversation, "Olga")


def browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def joined(session: Session, name: str = "Mia") -> tuple[User, Client]:
    person = UserFactory()
    client = browser(person)
    client.post(f"/together/{session.token}/join/", {"name": name})
    return person, client


def titles(conversation: Conversation) -> list[str]:
    conversation.refresh_from_db()
    assert conversation.head
    return list(conversation.head.items.order_by("position").values_list("track__title", flat=True))


def every_door(token: str) -> list[tuple[str, str, dict[str, str]]]:
    track, head = "1", {"kind": "like", "track": "1"}
    return [
        ("get", f"/together/{token}/list/", {}),
        ("get", f"/together/{token}/seen/", {}),
        ("get", f"/together/{token}/chat/", {}),
        ("get", f"/together/{token}/people/", {}),
        ("get", f"/together/{token}/1/full.jpg", {}),
        ("post", f"/together/{token}/react/", head),
        ("post", f"/together/{token}/say/", {"text": "calmer", "track": track}),
        ("post", f"/together/{token}/leave/", {}),
    ]


def refuses(client: Client, token: str) -> bool:
    return all(getattr(client, how)(path, data).status_code == 404 for how, path, data in every_door(token))


# --- coming in


def test_the_owner_opens_a_session_once_and_only_the_owner(client: Client, conversation: Conversation) -> None:
    address = f"/c/{conversation.pk}/together/"
    assert browser(UserFactory()).post(address, {"name": "Eve"}).status_code == 404
    assert client.post(address, {"name": "Eve"}).status_code == 404
    owner = browser(conversation.owner)
    for _ in range(2):
        assert owner.post(address, {"name": "Olga"}).status_code == 302
    session = Session.objects.get()
    assert len(session.token) == 43 and session.from_seq <= conversation.last_seq + 1
    assert f"/together/{session.token}/" in owner.get(f"/c/{conversation.pk}/").content.decode()


def test_a_visitor_joins_as_a_guest_by_a_name(client: Client, session: Session) -> None:
    address = f"/together/{session.token}/"
    page = client.get(address)
    assert page.status_code == 200 and "Your name here" in page.content.decode()
    assert titles(session.conversation)[0] not in page.content.decode(), "the list is for those who joined"
    assert not User.objects.filter(is_guest=True).exists()
    client.post(f"{address}join/", {"name": " Mia  B. "})
    assert Member.objects.get(name="Mia B.").person.is_guest
    page = client.get(address)
    assert titles(session.conversation)[0] in page.content.decode()
    assert client.get(f"{address}1/full.jpg").content == b"pixels"


def test_names_are_needed_and_told_apart_and_there_is_an_end_of_room(session: Session) -> None:
    with pytest.raises(NameTaken):
        actions.join(session, UserFactory(), "olga")
    for empty in ("", "   ", "\u202e"):
        with pytest.raises(NoName):
            actions.join(session, UserFactory(), empty)
    for number in range(actions.MOST_MEMBERS - 1):
        actions.join(session, UserFactory(), f"Guest {number}")
    with pytest.raises(SessionFull):
        actions.join(session, UserFactory(), "One too many")


def test_a_name_is_text_and_never_markup(session: Session) -> None:
    actions.join(session, UserFactory(), "<b>Mia</b>")
    page = browser(session.conversation.owner).get(f"/c/{session.conversation_id}/").content.decode()
    assert "&lt;b&gt;Mia&lt;/b&gt;" in page and "<b>Mia</b>" not in page


# --- staying out


def test_a_stranger_finds_nothing_even_with_the_link(client: Client, session: Session) -> None:
    assert refuses(client, session.token) and refuses(browser(UserFactory()), session.token)
    assert refuses(client, "A" * 43)
    assert not Reaction.objects.exists() and Turn.objects.count() == 1


def former(session: Session, client: Client) -> None:
    client.post(f"/together/{session.token}/leave/")


def revoked(session: Session, _client: Client) -> None:
    browser(session.conversation.owner).post(f"/c/{session.conversation_id}/together/end/")


def expired(session: Session, _client: Client) -> None:
    Session.objects.update(expires=timezone.now() - timedelta(seconds=1))


def deleted(session: Session, _client: Client) -> None:
    browser(session.conversation.owner).post(f"/c/{session.conversation_id}/delete/")


@pytest.mark.parametrize("end", [former, revoked, expired, deleted])
def test_whoever_left_and_whose_invitation_is_over_finds_nothing(
    session: Session, end: Callable[[Session, Client], None]
) -> None:
    person, client = joined(session)
    assert client.get(f"/together/{session.token}/list/").status_code == 200
    assert listeners.heard_from(person, session.conversation_id) is not None
    end(session, client)
    assert refuses(client, session.token)
    assert listeners.heard_from(person, session.conversation_id) is None
    if end is not former:
        with pytest.raises(InvitationOver):
            actions.invited(session.token)
        assert client.post(f"/together/{session.token}/join/", {"name": "Mia"}).status_code == 404
    if end is not deleted:
        assert listeners.listeners_of(session.conversation)[0] == []


def test_the_owner_removes_one_member_and_the_others_stay(session: Session) -> None:
    mia, mias = joined(session)
    _, bens = joined(session, "Ben")
    conversation, owner = session.conversation, browser(session.conversation.owner)
    place = Member.objects.get(person=mia)
    page = owner.get(f"/c/{conversation.pk}/").content.decode()
    assert "Remove Mia from the session" in page and "Remove Olga" not in page
    assert "Remove" not in bens.get(f"/together/{session.token}/people/").content.decode()
    shown = owner.post(f"/c/{conversation.pk}/together/remove/", {"member": place.pk}, headers=HTMX).content.decode()
    assert "Mia" not in shown and "Ben" in shown
    assert conversation.turns.get().events.filter(kind="people").exists()
    assert refuses(mias, session.token)
    told = mias.get(f"/together/{session.token}/")
    assert told.status_code == 404 and "You were removed from this session." in told.content.decode()
    back = mias.post(f"/together/{session.token}/join/", {"name": "Mia"})
    assert back.status_code == 404 and "You were removed" in back.content.decode()
    assert listeners.heard_from(mia, conversation.pk) is None
    assert bens.get(f"/together/{session.token}/list/").status_code == 200
    assert owner.post(f"/c/{conversation.pk}/together/remove/", {"member": place.pk}).status_code == 302, "again"
    assert Member.objects.filter(removed__isnull=False).count() == 1


def test_who_was_removed_does_not_come_back_as_another_guest_and_a_new_session_invites_again(session: Session) -> None:
    mia, _ = joined(session)
    ben, bens = joined(session, "Ben")
    conversation, owner = session.conversation, browser(session.conversation.owner)
    actions.leave(Member.objects.get(person=ben))
    actions.remove(conversation, Member.objects.get(person=mia).pk)
    stranger = Client()
    for answer in (
        stranger.get(f"/together/{session.token}/"),
        stranger.post(f"/together/{session.token}/join/", {"name": "Maya"}),
    ):
        assert answer.status_code == 404 and "lets nobody new in" in answer.content.decode()
    assert bens.post(f"/together/{session.token}/join/", {"name": "Ben"}).status_code == 302, "who was there may return"
    page = owner.get(f"/c/{conversation.pk}/").content.decode()
    assert "lets nobody new in" in page and 'id="invitation"' not in page
    actions.revoke(conversation)
    fresh = actions.open_session(conversation, "Olga")
    assert stranger.get(f"/together/{fresh.token}/").status_code == 200


@pytest.mark.django_db(transaction=True)  # agents work in threads of their own
def test_somebody_removed_while_a_turn_runs_is_not_counted_in_its_list(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = session.conversation
    actions.revisions.rank_again(conversation)
    conversation.refresh_from_db()
    ben = actions.join(session, GuestFactory(), "Ben")
    for track in Track.objects.all()[:4]:
        ReactionFactory(owner=ben.person, track=track)
    publish = run_turn.TurnRecorder.publish

    def meanwhile(recorder: run_turn.TurnRecorder, board: Board) -> Playlist | None:
        with suppress(NotAMember):
            actions.remove(conversation, ben.pk)
        return publish(recorder, board)

    monkeypatch.setattr(run_turn.TurnRecorder, "publish", meanwhile)
    turn = turns.start(conversation.owner, text="a bit calmer", conversation=conversation)
    claimed = turns.claim(str(turn.pk))
    assert claimed
    run_turn.run_turn(claimed)
    conversation.refresh_from_db()
    assert conversation.turns.get(pk=turn.pk).state == "done"
    assert "fair" not in conversation.head.policy
    assert not any("Ben" in row.serves for row in ConversationPage(conversation).rows)


def test_only_the_owner_removes_and_nobody_who_is_not_there(session: Session) -> None:
    mia, mias = joined(session)
    place, conversation = Member.objects.get(person=mia), session.conversation
    address = f"/c/{conversation.pk}/together/remove/"
    for stranger in (mias, browser(UserFactory()), Client()):
        assert stranger.post(address, {"member": place.pk}).status_code == 404
    owner = browser(conversation.owner)
    elsewhere = actions.join(
        actions.open_session(ConversationFactory(owner=UserFactory()), "Zoe"), UserFactory(), "Ian"
    )
    own_place = Member.objects.get(session=session, person=conversation.owner)
    for member in (elsewhere.pk, own_place.pk, 10**9):
        assert owner.post(address, {"member": member}).status_code == 404
    assert owner.post(address, {"member": "x"}).status_code == 400
    assert not Member.objects.filter(left__isnull=False).exists()
    actions.revoke(conversation)
    with pytest.raises(InvitationOver):
        actions.remove(conversation, place.pk)


def test_the_taste_of_somebody_removed_counts_no_more_in_the_next_list(session: Session) -> None:
    conversation = session.conversation
    loud = TrackFactory.create_batch(8, profile=None, genre="metal")
    for track in loud:
        AudioProfileFactory(track=track, genres={"metal": 1.0})
    actions.revisions.rank_again(conversation)
    conversation.refresh_from_db()
    ben = actions.join(session, GuestFactory(), "Ben")
    refused = ReactionFactory(
        owner=ben.person, kind="never_track", track=Track.objects.get(title=titles(conversation)[0])
    )
    for track in loud[:4]:
        if track != refused.track:
            ReactionFactory(owner=ben.person, track=track)
    actions.revisions.rank_again(conversation)
    conversation.refresh_from_db()
    assert "fair" in conversation.head.policy and refused.track.title not in titles(conversation)
    actions.remove(conversation, ben.pk)
    conversation.refresh_from_db()
    assert "fair" not in conversation.head.policy and refused.track.title in titles(conversation)
    assert all("Ben" not in row.serves for row in ConversationPage(conversation).rows)


def test_only_the_owner_ends_it_or_says_how_tastes_are_blended(session: Session) -> None:
    _, client = joined(session)
    for path in (
        "together/end/",
        "together/blend/",
        "adjust/",
        "undo/",
        "rename/",
        "delete/",
        "share/",
        "swap/",
        "say/",
    ):
        assert client.post(f"/c/{session.conversation_id}/{path}", {"method": "average"}).status_code == 404
    assert client.get(f"/c/{session.conversation_id}/").status_code == 404
    session.refresh_from_db()
    assert session.revoked is None and session.method == "fair"
    owner = browser(session.conversation.owner)
    owner.post(f"/c/{session.conversation_id}/together/blend/", {"method": "least_misery"})
    session.refresh_from_db()
    assert session.method == "least_misery"
    with pytest.raises(UnknownMethod):
        actions.blend_by(session.conversation, "dictatorship")


def test_a_session_that_ended_can_be_opened_anew_by_another_link(session: Session) -> None:
    person, client = joined(session)
    expired(session, client)
    again = actions.open_session(session.conversation, "Olga")
    assert again.token != session.token and listeners.heard_from(person, session.conversation_id) is None


# --- what is one's own stays one's own


def test_a_member_sees_nothing_that_was_said_before_and_nothing_else_of_the_owner(session: Session) -> None:
    owner, conversation = session.conversation.owner, session.conversation
    other = ConversationFactory(owner=owner, title="Another list of the owner")
    liked = ReactionFactory(owner=owner, track=conversation.head.items.first().track)
    member, client = joined(session)
    shown = "".join(client.get(f"/together/{session.token}/{name}").content.decode() for name in ("", "chat/", "list/"))
    assert "secret" not in shown and owner.email not in shown and 'aria-pressed="true"' not in shown
    for path in (f"/c/{other.pk}/", f"/pictures/{conversation.picture_id}/full/", f"/c/{conversation.pk}/list/"):
        assert client.get(path).status_code == 404
    assert liked.track.title in browser(owner).get("/taste/").content.decode()
    assert "Nothing learned yet" in client.get("/taste/").content.decode()
    page = browser(owner).get(f"/c/{conversation.pk}/").content.decode()
    assert member.email not in page and "Mia" in page


def test_a_reaction_belongs_to_the_member_alone_and_changes_the_list_for_all(session: Session) -> None:
    member, client = joined(session)
    conversation = session.conversation
    before = titles(conversation)
    unwanted = Track.objects.get(title=before[0])
    response = client.post(
        f"/together/{session.token}/react/", {"track": unwanted.pk, "kind": "never_track"}, headers=HTMX
    )
    assert response.status_code == 200
    reaction = Reaction.objects.get()
    assert reaction.owner == member and reaction.playlist is not None
    assert unwanted.title not in titles(conversation)
    assert not Reaction.objects.visible_to(conversation.owner).exists()
    page = browser(conversation.owner).get(f"/c/{conversation.pk}/").content.decode()
    assert 'aria-pressed="true"' not in page
    assert client.post(f"/together/{session.token}/react/", {"undo": reaction.pk}, headers=HTMX).status_code == 200
    assert not Reaction.objects.standing().exists()


def test_a_member_reacts_to_tracks_of_the_shown_list_only(session: Session) -> None:
    _, client = joined(session)
    private = TrackFactory(owner=session.conversation.owner, title="Not in the list")
    for track in (private.pk, TrackFactory().pk, 10**9):
        sent = {"track": track, "kind": "like"}
        assert client.post(f"/together/{session.token}/react/", sent).status_code == 404
    mine = ReactionFactory(owner=session.conversation.owner)
    assert client.post(f"/together/{session.token}/react/", {"undo": mine.pk}).status_code == 404
    assert Reaction.objects.standing().count() == 1


def test_an_own_track_of_the_owner_in_the_list_can_be_liked_but_not_fetched(session: Session) -> None:
    member, client = joined(session)
    private = TrackFactory(owner=session.conversation.owner)
    session.conversation.refresh_from_db()
    PlaylistItemFactory(playlist=session.conversation.head, track=private, position=40)
    assert client.post(f"/together/{session.token}/react/", {"track": private.pk, "kind": "like"}).status_code == 302
    assert Reaction.objects.get().owner == member
    assert client.get(f"/tracks/{private.pk}/audio/").status_code == 404


def test_words_of_a_member_are_the_sessions_and_do_not_reach_the_owners_playlists(session: Session) -> None:
    _, client = joined(session)
    client.post(f"/together/{session.token}/say/", {"text": "only from my Running playlist"})
    turn = Turn.objects.get(number=2)
    assert turn.said_by == "Mia" and turn.conversation_id == session.conversation_id
    Turn.objects.filter(pk=turn.pk).update(state="running", attempts=1)
    turn.refresh_from_db()
    run_turn.run_turn(turn)
    turn.refresh_from_db()
    assert turn.answer == run_turn.NOT_FOR_GUESTS
    assert (
        "only from my Running playlist"
        in browser(session.conversation.owner).get(f"/c/{session.conversation_id}/chat/").content.decode()
    )


# --- blending


def test_tastes_are_blended_for_all_and_each_track_says_whom_it_serves(session: Session) -> None:
    conversation = session.conversation
    members = {name: actions.join(session, GuestFactory(), name).person for name in ("Ann", "Ben")}
    for name, genre in (("Ann", "jazz"), ("Ben", "metal")):
        for _ in range(3):
            track = TrackFactory(profile=None, genre=genre)
            AudioProfileFactory(track=track, genres={genre: 1.0}, valence=0.1, arousal=0.9)
            ReactionFactory(owner=members[name], track=track, kind="like")
        for _ in range(4):
            AudioProfileFactory(track=TrackFactory(profile=None, genre=genre), genres={genre: 1.0})
    actions.revisions.rank_again(conversation)
    conversation.refresh_from_db()
    page = ConversationPage(conversation)
    served = [set(row.serves) for row in page.rows]
    assert {"Ann"} in served and {"Ben"} in served
    assert "fair" in conversation.head.policy
    genres = {row.track.genre for row in page.rows}
    assert {"jazz", "metal"} <= genres
    reasons = " ".join(row.item.reason for row in page.rows)
    assert "you liked" not in reasons, "a reason must not tell one member what another likes"
    actions.leave(Member.objects.get(person=members["Ben"]))
    conversation.refresh_from_db()
    assert all("Ben" not in row.serves for row in ConversationPage(conversation).rows)
