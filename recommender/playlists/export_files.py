"""A list as a file to save. It is fetched through its owner: another person's does not exist."""

from __future__ import annotations

import re
from collections.abc import Iterable
from uuid import UUID

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from accounts.models import User
from core.errors import NotFound
from recommender.models import Playlist
from recommender.playlists import export_formats


def exported(person: User | None, playlist_id: UUID, form: str, *, base_url: str) -> HttpResponse:
    """A list of the person's as a file to save. Raises NotFound, UnknownFormat."""
    playlist = Playlist.objects.visible_to(person).filter(pk=playlist_id).first()
    if playlist is None:
        raise NotFound
    return file_of(playlist.title, [playlist], form, base_url=base_url)


def file_of(title: str, playlists: Iterable[Playlist], form: str, *, base_url: str) -> HttpResponse:
    """Lists that the person may see as one file to save. Raises UnknownFormat."""
    text, content_type = export_formats.export_all(title, playlists, form, base_url=base_url)
    response = HttpResponse(text, content_type=content_type)
    response["Content-Disposition"] = saved_as(title, form)
    return response


def saved_as(title: str, ending: str, *, attachment: bool = True) -> str:
    """The Content-Disposition of a list's file: its title as a file may be called anywhere, in any script."""
    plain = re.sub(r'[\x00-\x1f\x7f/\\:*?"<>|]+', " ", title)
    name = " ".join(plain.split())[:80].strip(". ") or "list"
    return content_disposition_header(attachment, f"{name}.{ending}") or ""
