"""Pictures, sound and lists as files. Each is fetched through its owner: another person's does not exist."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.text import get_valid_filename
from django.views.decorators.http import require_GET, require_safe

from accounts.guests import PersonRequest
from accounts.models import User
from dylumo_site.errors import NotFound
from recommender import exports
from recommender import reports as written
from recommender.covers import cover_svg
from recommender.models import Picture, Playlist, Track
from recommender.services import registry
from recommender.services.playable import streams
from recommender.streaming import SOUND_TYPES, file_response, passed_on


class NoSound(NotFound):
    code = "no_sound"
    message = "The sound file of this track is gone."
    hint = "Scan the folder again if it has moved."


def picture_response(picture: Picture, size: str) -> HttpResponseBase:
    """The stored file (``size`` full or thumb), cached by the asker's browser only."""
    file = picture.thumbnail if size == "thumb" else picture.file
    try:
        with file.open("rb") as stored:
            response = HttpResponse(stored.read(), content_type="image/jpeg")
    except OSError as error:
        raise NotFound("This photo has been deleted.") from error
    response["Cache-Control"] = "private, max-age=86400, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Disposition"] = "inline"
    return response


@require_GET
def picture(request: PersonRequest, picture_id: UUID, size: str) -> HttpResponseBase:
    found = Picture.objects.visible_to(request.person).filter(pk=picture_id).first()
    if found is None or size not in {"full", "thumb"}:
        raise NotFound
    return picture_response(found, size)


def _sound_file(track: Track) -> Path:
    """Where the track's sound lies. The site's own renders must lie in its own folder."""
    path = Path(track.file).resolve()
    inside = track.source != Track.Source.DEMO or path.is_relative_to(settings.HOME)
    if not (inside and path.suffix.lower() in SOUND_TYPES and path.is_file()):
        raise NoSound
    return path


@require_safe
def audio(request: PersonRequest, track_id: int) -> HttpResponseBase:
    track = Track.objects.visible_to(request.person).filter(pk=track_id, source__in=["demo", "files"]).first()
    if track is None or not track.file:
        raise NotFound
    path = _sound_file(track)
    return file_response(request, path, SOUND_TYPES[path.suffix.lower()])


@require_safe
def service_audio(request: PersonRequest, track_id: int) -> HttpResponseBase:
    """A song of the person's own server or of an open archive, passed on: their browser never learns the server's
    address or password."""
    told = streams(request.person, [track_id]).get(track_id)
    if told is None or request.person is None:
        raise NotFound
    service, external_id = told
    door = registry.service_for(request.person, service)
    return passed_on(request, lambda headers: door.stream(external_id, headers))


@require_GET
def cover(_request: HttpRequest, seed: int, valence: int, arousal: int) -> HttpResponse:
    """A drawing made from its own address: the same for everyone, for ever."""
    drawing = cover_svg(seed, min(valence, 100) / 100, min(arousal, 100) / 100)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(drawing, content_type="image/svg+xml", headers=headers)


def exported(person: User | None, playlist_id: UUID, form: str, *, base_url: str) -> HttpResponse:
    """A list of the person's as a file to save. Raises NotFound, UnknownFormat."""
    playlist = Playlist.objects.visible_to(person).filter(pk=playlist_id).first()
    if playlist is None:
        raise NotFound
    text, content_type = exports.export(playlist, form, base_url=base_url)
    response = HttpResponse(text, content_type=content_type)
    name = get_valid_filename(playlist.title[:80] or "playlist")
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response


@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The evaluation reports there are, for the owner's eyes."""
    _owner_only(request)
    return render(request, "reports.html", {"reports": written.listed()})


@require_safe
def report(request: HttpRequest, name: str) -> HttpResponse:
    """One report as it was written: it brings its own style, and may do nothing else."""
    _owner_only(request)
    response = HttpResponse(written.page(name))
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
    )
    return response


@require_safe
def compare_reports(request: HttpRequest, name: str) -> HttpResponse:
    """Two runs of a study side by side; the last two unless others are chosen."""
    from recommender.evaluation.comparing import compared, facts_apart

    _owner_only(request)
    one, other = written.pair(name, request.GET.get("one", ""), request.GET.get("other", ""))
    context = {
        "name": name,
        "one": one,
        "other": other,
        "runs": written.runs(name),
        "tables": compared(one.told, other.told),
        "facts": facts_apart(one.told, other.told),
    }
    return render(request, "compare_reports.html", context)


def _owner_only(request: HttpRequest) -> None:
    if not (request.user.is_authenticated and request.user.is_staff):
        raise NotFound
