"""The pages of collections: each fetches through the owner, calls one verb and leads back to the gallery."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest, ensure_person
from agents.conversations import collections
from agents.conversations.forms import ChosenForm
from agents.conversations.views import gallery
from core.forms import CheckedForm
from recommender.models import Playlist
from recommender.playlists import export_files


class CollectForm(ChosenForm):
    """Chosen lists, and where they go: into a collection by its number, or into a new one by its name."""

    collection = forms.IntegerField(required=False)
    name = forms.CharField(required=False, max_length=60)


class NameForm(CheckedForm):
    name = forms.CharField(max_length=60)


@require_GET
def show(request: PersonRequest, collection_id: int) -> HttpResponse:
    return gallery(request, collections.own(request.person, collection_id))


@require_POST
def collect(request: PersonRequest) -> HttpResponseBase:
    data, person = CollectForm(request.POST).data_or_error(), ensure_person(request)
    into = (
        collections.own(person, data["collection"])
        if data["collection"] is not None
        else collections.create(person, data["name"])
    )
    added = collections.add(into, data["list"])
    told = ngettext("{count} list added to “{name}”.", "{count} lists added to “{name}”.", added)
    messages.success(request, told.format(count=added, name=into.name))
    return redirect("collection", into.pk)


@require_POST
def take_out(request: PersonRequest, collection_id: int) -> HttpResponseBase:
    found = collections.own(request.person, collection_id)
    gone = collections.take_out(found, ChosenForm(request.POST).data_or_error()["list"])
    told = ngettext(
        "{count} list taken out of “{name}”, and kept.", "{count} lists taken out of “{name}”, and kept.", gone
    )
    messages.success(request, told.format(count=gone, name=found.name))
    return redirect("collection", found.pk)


@require_POST
def rename(request: PersonRequest, collection_id: int) -> HttpResponseBase:
    found = collections.own(request.person, collection_id)
    collections.rename(found, NameForm(request.POST).data_or_error()["name"])
    return redirect("collection", found.pk)


@require_POST
def delete(request: PersonRequest, collection_id: int) -> HttpResponseBase:
    found = collections.own(request.person, collection_id)
    found.delete()
    messages.success(request, _("“{name}” is gone; its lists are still here.").format(name=found.name))
    return redirect("lists")


@require_GET
def export(request: PersonRequest, collection_id: int, form: str) -> HttpResponse:
    """The songs of all its lists, one list after the other, in one file."""
    found = collections.own(request.person, collection_id)
    heads = Playlist.objects.filter(pk__in=found.entries.values("conversation__head")).order_by("-created")
    return export_files.file_of(found.name, heads, form, base_url=request.build_absolute_uri("/"))
