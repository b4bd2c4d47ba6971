"""The page of a person's own music: what was brought in, how far an import is, and histories to upload."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from accounts.guests import PersonRequest, ensure_person
from accounts.models import User
from accounts.throttling import costly
from core.errors import BadInput, NotFound
from recommender.library import saved_finds
from recommender.library.importers import listening_history
from recommender.library.jobs import runner, state
from recommender.models import LibraryJob, Listen, ServicePlaylist, ServiceTrack
from recommender.services import registry

Kind = LibraryJob.Kind
SHOWN = (Kind.IMPORT, Kind.FEATURES, Kind.HISTORY, Kind.SAVE)
KNOWN = Q(entries__told__match__in=[ServiceTrack.Match.ISRC, ServiceTrack.Match.NAMES])
HEARD = Q(entries__told__track__profile__isnull=False)
MOST_ROWS = 500
KEEP_ENDING = (".json", ".jsonl", ".csv", ".zip")


def _jobs(person: User | None) -> list[LibraryJob]:
    """What is being done, and how each kind of work ended last."""
    if person is None:
        return []
    mine = LibraryJob.objects.filter(owner=person, kind__in=SHOWN).order_by("kind", "argument", "-created")
    latest = mine.distinct("kind", "argument")
    return sorted(latest, key=lambda job: job.created, reverse=True)[:6]


def _lists(person: User | None) -> list[ServicePlaylist]:
    counted = ServicePlaylist.objects.visible_to(person).annotate(
        tracks=Count("entries"),
        known=Count("entries", filter=KNOWN),
        heard=Count("entries", filter=HEARD),
    )
    return list(counted.order_by("service", "kind", "title"))


def _music(person: User | None) -> dict[str, Any]:
    """What is being done, the playlists that are here, and where more can come from."""
    return {
        "lists": _lists(person),
        "jobs": _jobs(person),
        "services": registry.linked(person),
        "titles": {name: info.title for name, info in registry.INFOS.items()},
    }


@never_cache
@require_GET
def library_page(request: PersonRequest) -> HttpResponse:
    person = request.person
    context = {
        **_music(person),
        "plays": Listen.objects.filter(owner=person).count() if person else 0,
        "megabytes": settings.UPLOAD_BYTES_LIMIT // 1024**2,
    }
    return render(request, "library/library.html", context)


@never_cache
@require_GET
def library_jobs(request: PersonRequest) -> HttpResponse:
    """How far the work is; the playlists go with it, as they come in."""
    return render(request, "library/jobs.html", {**_music(request.person), "afresh": True})


@never_cache
@require_GET
def library_list(request: PersonRequest, playlist_id: UUID) -> HttpResponse:
    """One playlist with what each of its tracks was recognised as."""
    playlist = ServicePlaylist.objects.visible_to(request.person).filter(pk=playlist_id).first()
    if playlist is None:
        raise NotFound
    entries = playlist.entries.select_related("told__track__profile")
    unknown = entries.filter(told__match__in=[ServiceTrack.Match.NONE, ServiceTrack.Match.NEW])
    only_unknown = request.GET.get("show") == "unmatched"
    context = {
        "playlist": playlist,
        "service": registry.INFOS.get(playlist.service),
        "entries": (unknown if only_unknown else entries)[:MOST_ROWS],
        "many": entries.count(),
        "unknown": unknown.count(),
        "only_unknown": only_unknown,
    }
    return render(request, "library/list.html", context)


@costly
@require_POST
def start_import(request: PersonRequest, service: str) -> HttpResponseBase:
    person = request.person
    if person is None or service not in {info.name for info in registry.linked(person)}:
        raise NotFound("That service is not connected.", hint="Connect it on the connections page.")
    runner.start(Kind.IMPORT, service, person)
    return _back(request)


@require_POST
def unsave(request: PersonRequest, entry_id: int) -> HttpResponseBase:
    """Take a track out of what was kept from searches."""
    if request.person is None:
        raise NotFound
    return redirect("library_list", saved_finds.unsave(request.person, entry_id).pk)


@require_POST
def cancel_job(request: PersonRequest, job_id: UUID) -> HttpResponseBase:
    job = LibraryJob.objects.filter(pk=job_id, owner=request.person).first() if request.person else None
    if job is None:
        raise NotFound
    state.cancel(job)
    return _back(request)


@costly
@require_POST
def upload_history(request: PersonRequest) -> HttpResponseBase:
    """Keep an uploaded export until a worker has read it."""
    upload = request.FILES.get("history")
    ending = next((end for end in KEEP_ENDING if upload and (upload.name or "").lower().endswith(end)), "")
    if upload is None or not ending:
        raise BadInput("Choose the export as it came: a .zip, .json, .jsonl or .csv file.", code="no_history")
    if (upload.size or 0) > settings.UPLOAD_BYTES_LIMIT:
        limit = settings.UPLOAD_BYTES_LIMIT // 1024**2
        raise BadInput(
            "The file has more than {most} MB.",
            hint="Use the command import_history for it.",
            code="upload_too_large",
            told={"most": limit},
        )
    person = ensure_person(request)
    runner.start(Kind.HISTORY, listening_history.keep(upload, ending), person)
    messages.success(request, _("Your history is being read; this page shows how far it is."))
    return redirect("library")


def _back(request: PersonRequest) -> HttpResponseBase:
    if request.headers.get("HX-Request"):
        return library_jobs(request)
    return redirect("library")
