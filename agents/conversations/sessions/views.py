"""The pages of a shared session. A stranger, a former member and a link that ran out all find nothing."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest, ensure_person
from accounts.throttling import costly
from agents.conversations import resolving
from agents.conversations.conversations import own
from agents.conversations.page import ConversationPage
from agents.conversations.row_parts import row_part
from agents.conversations.sessions import actions
from agents.conversations.sessions.page import MemberPage
from agents.conversations.turns import LONGEST_TEXT
from agents.models import Conversation, Member
from core.errors import NotFound
from core.forms import CheckedForm
from feedback.taste import views as feedback_views
from feedback.taste.forms import ReactionForm, UndoForm
from recommender.library.media_views import picture_response

FRAGMENTS = {
    "seen": "conversations/seen.html",
    "list": "sessions/list_update.html",
    "chat": "conversations/chat.html",
    "people": "sessions/people.html",
}


class NameForm(CheckedForm):
    name = forms.CharField(max_length=40)


class SayForm(CheckedForm):
    text = forms.CharField(required=False, max_length=LONGEST_TEXT)
    suggestion = forms.CharField(required=False, max_length=LONGEST_TEXT)


class MemberForm(CheckedForm):
    member = forms.IntegerField()


class MethodForm(CheckedForm):
    method = forms.CharField(max_length=12)


def _member(request: PersonRequest, token: str) -> Member:
    member = actions.membership(request.person, token)
    if member is None:
        raise NotFound("You are not in this session.", hint="Open the invitation to join it.")
    return member


# --- the owner's side


@require_POST
def open_session(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    actions.open_session(found, NameForm(request.POST).data_or_error()["name"])
    return redirect("conversation", found.pk)


@require_POST
def revoke(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    actions.revoke(found)
    return redirect("conversation", found.pk)


@require_POST
def blend_by(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    actions.blend_by(found, MethodForm(request.POST).data_or_error()["method"])
    return _people(request, found)


@require_POST
def remove(request: PersonRequest, conversation_id: UUID) -> HttpResponseBase:
    found = own(request.person, conversation_id)
    actions.remove(found, MemberForm(request.POST).data_or_error()["member"])
    return _people(request, found)


def _people(request: PersonRequest, conversation: Conversation) -> HttpResponseBase:
    """Who is there now, for the page's own requests; else back to the page."""
    if not request.headers.get("HX-Request"):
        return redirect("conversation", conversation.pk)
    found = own(request.person, conversation.pk)
    return render(request, FRAGMENTS["people"], {"page": ConversationPage(found), "conversation": found})


# --- everybody's side


@never_cache
@require_GET
def page(request: PersonRequest, token: str) -> HttpResponseBase:
    """The list for a member; for anybody else who has the link, the way in."""
    member = actions.membership(request.person, token)
    if member is None:
        return render(request, "sessions/join.html", {"token": token})
    conversation = member.session.conversation
    if conversation.owner_id == member.person_id:
        return redirect("conversation", conversation.pk)
    resolving.ask_for(conversation, conversation.head)
    context = {"page": MemberPage(member, opened=request.GET.get("open")), "conversation": conversation}
    return render(request, "sessions/together.html", context)


@require_POST
def join(request: PersonRequest, token: str) -> HttpResponseBase:
    session = actions.invited(token)
    name = NameForm(request.POST).data_or_error()["name"]
    actions.join(session, ensure_person(request), name)
    return redirect("together", token)


@require_POST
def leave(request: PersonRequest, token: str) -> HttpResponseBase:
    actions.leave(_member(request, token))
    return redirect("home")


@never_cache
@require_GET
def fragment(request: PersonRequest, token: str, name: str) -> HttpResponse:
    if name not in FRAGMENTS:
        raise NotFound
    return _show(request, _member(request, token), name)


def _show(request: PersonRequest, member: Member, name: str) -> HttpResponse:
    conversation = member.session.conversation
    page = MemberPage(member)
    return render(request, FRAGMENTS[name], {"page": page, "conversation": conversation})


@never_cache
@require_GET
def part(request: PersonRequest, token: str, track_id: int, part: str) -> HttpResponse:
    return row_part(request, MemberPage(_member(request, token)), track_id, part)


@require_GET
def picture(request: PersonRequest, token: str, number: int, size: str) -> HttpResponseBase:
    """The list's photo of that number, from 1."""
    pictures = dict(enumerate(MemberPage(_member(request, token)).pictures, 1))
    if number not in pictures or size not in {"full", "thumb"}:
        raise NotFound
    return picture_response(pictures[number], size)


@require_POST
def react(request: PersonRequest, token: str) -> HttpResponseBase:
    """A member's own opinion of a track of the shared list, or taking it back."""
    member = _member(request, token)
    if "undo" in request.POST:
        taken = actions.take_back(member, UndoForm(request.POST).data_or_error()["undo"])
        return feedback_views.answer(request, taken, _("Taken back: “{title}”.").format(title=taken.track.title))
    data = ReactionForm(request.POST).data_or_error()
    kept = actions.react(member, data["track"], data["kind"], data["sound"])
    if kept is None:
        raise NotFound
    return feedback_views.answer(request, kept, feedback_views.SAID[kept.kind].format(kept.track.title))


@costly
@require_POST
def say(request: PersonRequest, token: str) -> HttpResponseBase:
    member = _member(request, token)
    data = SayForm(request.POST).data_or_error()
    actions.say(member, data["text"] or data["suggestion"])
    if request.headers.get("HX-Request"):
        return _show(request, _member(request, token), "chat")
    return redirect("together", token)
