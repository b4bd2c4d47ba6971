"""Pictures and sound as files. Each is fetched through its owner: another person's does not exist."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_safe
from immich_memories_music import tracks_dir

from accounts.guests import PersonRequest
from accounts.throttling import allowed
from core.errors import NotFound
from core.range_response import SOUND_TYPES, file_response, passed_on
from recommender.library import store_listings
from recommender.library.cover_art import cover_svg
from recommender.library.service_streams import streams
from recommender.models import Picture, Track
from recommender.services import registry


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
    """Where the track's sound lies. The site's own renders must lie in its own folder, the music in the box in its
    package."""
    path = Path(track.file).resolve()
    home = {Track.Source.DEMO: settings.HOME, Track.Source.OPEN: tracks_dir()}.get(Track.Source(track.source))
    inside = home is None or path.is_relative_to(home)
    if not (inside and path.suffix.lower() in SOUND_TYPES and path.is_file()):
        raise NoSound
    return path


@require_safe
def audio(request: PersonRequest, track_id: int) -> HttpResponseBase:
    track = Track.objects.visible_to(request.person).filter(pk=track_id, source__in=["demo", "files", "open"]).first()
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
    api = registry.service_for(request.person, service)
    return passed_on(request, lambda headers: api.stream(external_id, headers), request.person.pk)


@require_safe
def preview(request: PersonRequest, track_id: int) -> HttpResponseBase:
    """On to where the service plays half a minute of the track: the page keeps this address, which does not end.
    ``again``: what it led to did not play."""
    track = Track.objects.visible_to(request.person).filter(pk=track_id).first()
    if track is None:
        raise NotFound
    again = "again" in request.GET and allowed(request, "ask")  # each may ask a service
    address = store_listings.preview_address(track, again=again)
    return HttpResponseRedirect(address, headers={"Cache-Control": "no-store"})


@require_GET
def cover(_request: HttpRequest, seed: int, valence: int, arousal: int, pattern: str = "waves") -> HttpResponse:
    """A drawing made from its own address: the same for everyone, for ever."""
    drawing = cover_svg(seed, min(valence, 100) / 100, min(arousal, 100) / 100, pattern)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return HttpResponse(drawing, content_type="image/svg+xml", headers=headers)
