"""Saving a list, as a file or at a service: done by the catalogue, and noticed, for it says something of the tracks."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest
from feedback.taste import list_actions
from recommender.library.jobs import runner
from recommender.models import LibraryJob
from recommender.playlists import publishing
from recommender.playlists.export_files import exported
from recommender.playlists.publish_views import own_delivery


@require_GET
def export(request: PersonRequest, playlist_id: UUID, form: str) -> HttpResponse:
    response = exported(request.person, playlist_id, form, base_url=request.build_absolute_uri("/"))
    list_actions.saved(request.person, playlist_id)
    return response


@require_POST
def send(request: PersonRequest, delivery_id: UUID) -> HttpResponseBase:
    found = own_delivery(request.person, delivery_id)
    publishing.send(found)
    runner.start(LibraryJob.Kind.SAVE, str(found.pk), found.owner)
    list_actions.saved(found.owner, found.playlist_id)
    return redirect("delivery", found.pk)
