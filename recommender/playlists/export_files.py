"""A list as a file to save. It is fetched through its owner: another person's does not exist."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.text import get_valid_filename

from accounts.models import User
from core.errors import NotFound
from recommender.models import Playlist
from recommender.playlists import export_formats


def exported(person: User | None, playlist_id: UUID, form: str, *, base_url: str) -> HttpResponse:
    """A list of the person's as a file to save. Raises NotFound, UnknownFormat."""
    playlist = Playlist.objects.visible_to(person).filter(pk=playlist_id).first()
    if playlist is None:
        raise NotFound
    text, content_type = export_formats.export(playlist, form, base_url=base_url)
    response = HttpResponse(text, content_type=content_type)
    name = get_valid_filename(playlist.title[:80] or "playlist")
    response["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return response
