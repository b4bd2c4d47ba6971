"""Listening together: open a session, invite, join, react, say what should change, leave, remove somebody, take the
invitation back.

The invitation is an unguessable link. Whoever joins sees the list and its photo, and what is said from then on; their
reactions are their own, and nobody sees anything else of anybody.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from agents.conversations import revisions, turns
from agents.conversations.event_types import PeopleChanged
from agents.conversations.events import announce
from agents.models import Conversation, Member, Session, Turn
from core.errors import BadInput, Conflict, NotFound
from feedback.models import Reaction
from feedback.taste import reactions
from feedback.taste.group import METHODS
from recommender.models import Playlist

LASTS = timedelta(hours=12)
MOST_MEMBERS = 12


class InvitationOver(NotFound):
    code = "invitation_over"
    message = "This invitation does not work any more."
    hint = "Ask whoever sent it for a new one."


class InvitationClosed(NotFound):
    code = "invitation_closed"
    message = "This invitation lets nobody new in any more."
    hint = "Ask whoever sent it for a new one."


class Removed(NotFound):
    code = "removed_from_session"
    message = "You were removed from this session."
    hint = "Whoever opened it no longer shares the list with you. What you liked stays yours."


class NotAMember(NotFound):
    message = "Nobody of that kind listens along."
    hint = "Reload the page: they may have left. To go yourself, end the session."


class SessionFull(Conflict):
    code = "session_full"
    message = "There are already {most} people in this session."
    hint = "Ask whoever opened it to let you listen along next time."
    told = {"most": MOST_MEMBERS}


class NoName(BadInput):
    code = "no_name"
    message = "The others need a name to call you by."
    hint = "Give a name of up to 40 characters."


class NameTaken(Conflict):
    code = "name_taken"
    message = "Somebody in this session already has that name."
    hint = "Choose another one."


class UnknownMethod(BadInput):
    code = "unknown_method"
    message = "Tastes cannot be blended in that way."
    hint = "Use one of: {names}."
    told = {"names": ", ".join(METHODS)}


@transaction.atomic
def open_session(conversation: Conversation, name: str) -> Session:
    """The conversation's open session, begun now if there is none; its owner is in it by ``name``. Raises NoName."""
    conversation = Conversation.objects.select_for_update().get(pk=conversation.pk)
    if standing := session_of(conversation):
        return standing
    revoke(conversation)  # one that has run out still stands in the way
    session = Session.objects.create(
        conversation=conversation,
        token=secrets.token_urlsafe(32),
        from_seq=conversation.last_seq,
        expires=timezone.now() + LASTS,
    )
    join(session, conversation.owner, name)
    return session


def session_of(conversation: Conversation) -> Session | None:
    return Session.objects.live().filter(conversation=conversation).first()


def invited(token: str) -> Session:
    """The open session of an invitation; raises InvitationOver for one that ran out, was taken back, or never was."""
    live = Session.objects.live().select_related("conversation__picture", "conversation__head", "conversation__owner")
    if session := live.filter(token=token).first():
        return session
    raise InvitationOver


def membership(person: User | None, token: str) -> Member | None:
    """The person's place in the session, while both last. Raises InvitationOver, InvitationClosed, Removed."""
    session = invited(token)
    member = _place(session, person)
    if member is None or member.left:
        return None
    member.session = session
    return member


def _place(session: Session, person: User | None) -> Member | None:
    """The place that this person has or had; None for somebody new. Once somebody was removed nobody new comes in, for
    a guest who was would only have to forget their cookie. Raises Removed, InvitationClosed."""
    member = session.members.filter(person=person).first() if person else None
    if member and member.removed:
        raise Removed
    if member is None and session.closed:
        raise InvitationClosed
    return member


@transaction.atomic
def join(session: Session, person: User, name: str) -> Member:
    """Come in, or come back. Raises NoName, NameTaken, SessionFull, Removed, InvitationClosed."""
    name = " ".join(name.split())[:40]
    if not name.isprintable() or not name:
        raise NoName
    Session.objects.select_for_update().get(pk=session.pk)
    _place(session, person)
    others = session.members.filter(left__isnull=True).exclude(person=person)
    if others.count() >= MOST_MEMBERS:
        raise SessionFull
    if others.filter(name__iexact=name).exists():
        raise NameTaken
    member, _ = Member.objects.update_or_create(session=session, person=person, defaults={"name": name, "left": None})
    _changed(session)
    return member


@transaction.atomic
def leave(member: Member) -> None:
    """Go: from now on the list is neither shown to them nor goes by their taste. The owner's going ends the session."""
    if member.person_id == member.session.conversation.owner_id:
        revoke(member.session.conversation)
        return
    Member.objects.filter(pk=member.pk).update(left=timezone.now())
    _changed(member.session)


@transaction.atomic
def remove(conversation: Conversation, member_id: int) -> None:
    """Send one of the others away from the conversation's session: they see and say nothing more, their taste counts
    no more, and the link lets nobody in who was not there before. Twice is the same as once. Raises InvitationOver,
    NotAMember."""
    session = session_of(conversation)
    if session is None:
        raise InvitationOver
    others = Member.objects.select_for_update().filter(session=session).exclude(person_id=conversation.owner_id)
    member = others.filter(pk=member_id).first()
    if member is None:
        raise NotAMember
    if member.removed is None:
        member.removed = timezone.now()
        member.left = member.left or member.removed
        member.save(update_fields=["removed", "left"])
        _changed(session)


def revoke(conversation: Conversation) -> None:
    """End the conversation's session for everybody; its link never works again."""
    ended = Session.objects.filter(conversation=conversation, revoked__isnull=True).update(revoked=timezone.now())
    if ended and (turn := _last_turn(conversation)):
        announce(turn, PeopleChanged())


def blend_by(conversation: Conversation, method: str) -> None:
    """Change how the tastes are blended. Raises UnknownMethod, InvitationOver without a session."""
    if method not in METHODS:
        raise UnknownMethod
    session = session_of(conversation)
    if session is None:
        raise InvitationOver
    session.method = method
    session.save(update_fields=["method"])
    _changed(session)


def react(member: Member, track_id: int, kind: str, sound: str = "") -> Reaction | None:
    """A member's own reaction to a track of the list that is shown; the list goes by it at once."""
    head = member.session.conversation.head
    if head is None:
        raise NotFound
    lists = Playlist.objects.filter(pk=head.pk)
    kept = reactions.record(member.person, track_id, kind, playlist_id=head.pk, sound=sound, lists=lists)
    rank_again(member.session.conversation)
    return kept


def take_back(member: Member, reaction_id: int) -> Reaction:
    taken = reactions.undo(member.person, reaction_id)
    rank_again(member.session.conversation)
    return taken


def say(member: Member, text: str) -> Turn:
    """Words of a member, said in the conversation by their name. Raises TurnOpen, NothingAsked."""
    conversation = member.session.conversation
    guest = member.person_id != conversation.owner_id
    return turns.start(conversation.owner, text=text, conversation=conversation, said_by=member.name if guest else "")


def _changed(session: Session) -> None:
    """Tell the open pages who is there, and let the list go by whoever that is."""
    if turn := _last_turn(session.conversation):
        announce(turn, PeopleChanged())
    if session.members.count() > 1:
        rank_again(session.conversation)


def rank_again(conversation: Conversation) -> None:
    """Let the list go by whoever listens now and by what they have said since."""
    with suppress(turns.TurnOpen, revisions.NoList):  # the turn that is open makes a new list anyway
        revisions.rank_again(conversation)


def _last_turn(conversation: Conversation) -> Turn | None:
    return conversation.turns.order_by("-number").first()
