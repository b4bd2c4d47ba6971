"""A list as a file other programs read: M3U8, XSPF, JSPF and CSV.

XSPF and JSPF follow Xiph's version 1 (durations in milliseconds); M3U8 the extended form in UTF-8. A location is given
only where there is one: the site's own address of a playable file, else the track's page at a music service.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from urllib.parse import urljoin
from xml.etree import ElementTree

from django.urls import reverse

from core.errors import BadInput
from recommender.models import Playlist, Track

XSPF = "http://xspf.org/ns/0/"


class UnknownFormat(BadInput):
    code = "unknown_format"
    message = "Lists cannot be saved in that format."
    hint = "Use m3u8, xspf, jspf or csv."


@dataclass(frozen=True)
class Line:
    """One track as the formats need it. ``duration`` seconds; ``location`` an address or empty."""

    title: str
    artist: str
    album: str
    duration: float
    location: str
    match: float
    reason: str
    isrc: str


def export(playlist: Playlist, form: str, *, base_url: str) -> tuple[str, str]:
    """A list as a file: its text and its content type. ``base_url``: the site's own address. Raises UnknownFormat."""
    return export_all(playlist.title, [playlist], form, base_url=base_url)


def export_all(title: str, playlists: Iterable[Playlist], form: str, *, base_url: str) -> tuple[str, str]:
    """The same for several lists, one after the other under a common title."""
    if form not in FORMATS:
        raise UnknownFormat
    write, content_type = FORMATS[form]
    lines = [line for playlist in playlists for line in _lines(playlist, base_url)]
    return write(title, lines), content_type


def _lines(playlist: Playlist, base_url: str) -> list[Line]:
    items = playlist.items.select_related("track").prefetch_related("track__links").order_by("position")
    return [
        Line(
            title=item.track.title,
            artist=item.track.artist,
            album=item.track.album,
            duration=item.track.duration,
            location=_location(item.track, base_url),
            match=round(item.score, 1),
            reason=item.reason,
            isrc=item.track.isrc,
        )
        for item in items
    ]


def _location(track: Track, base_url: str) -> str:
    if track.file and track.missing_since is None:
        return urljoin(base_url, reverse("audio", args=[track.pk]))
    return next((link.url for link in track.links.all() if link.url.startswith("https://")), "")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _m3u8(title: str, lines: Sequence[Line]) -> str:
    out = ["#EXTM3U", f"#PLAYLIST:{_one_line(title)}"]
    for line in lines:
        name = f"{line.artist} - {line.title}" if line.artist else line.title
        seconds = round(line.duration) if line.duration else -1
        out += [f"#EXTINF:{seconds},{_one_line(name)}", line.location or f"# no address known for {_one_line(name)}"]
    return "\n".join(out) + "\n"


def _xspf(title: str, lines: Sequence[Line]) -> str:
    ElementTree.register_namespace("", XSPF)
    root = ElementTree.Element(f"{{{XSPF}}}playlist", version="1")

    def add(parent: ElementTree.Element, tag: str, text: str) -> None:
        if text:
            ElementTree.SubElement(parent, f"{{{XSPF}}}{tag}").text = _printable(text)

    add(root, "title", title)
    track_list = ElementTree.SubElement(root, f"{{{XSPF}}}trackList")
    for line in lines:
        track = ElementTree.SubElement(track_list, f"{{{XSPF}}}track")
        for tag, text in _spoken(line).items():
            add(track, tag, str(text))
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _printable(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return "".join(letter for letter in text if letter >= " " or letter in "\t\n")


def _spoken(line: Line) -> dict[str, str | int]:
    """What XSPF and JSPF say of a track, empty fields left out."""
    spoken: dict[str, str | int] = {
        "location": line.location,
        "title": line.title,
        "creator": line.artist,
        "annotation": line.reason,
        "album": line.album,
        "duration": round(1000 * line.duration),
    }
    return {name: value for name, value in spoken.items() if value}


def _jspf(title: str, lines: Sequence[Line]) -> str:
    tracks = []
    for line in lines:
        spoken: dict[str, object] = dict(_spoken(line))
        if line.location:
            spoken["location"] = [line.location]
        tracks.append(spoken)
    return json.dumps({"playlist": {"title": title, "track": tracks}}, ensure_ascii=False, indent=2) + "\n"


def _csv(_title: str, lines: Sequence[Line]) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    names = [field.name for field in fields(Line)]
    writer.writerow(["position", *names])
    for position, line in enumerate(lines, start=1):
        cells = (getattr(line, name) for name in names)
        writer.writerow([position, *(_harmless(cell) if isinstance(cell, str) else cell for cell in cells)])
    return out.getvalue()


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet will not take for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


FORMATS: dict[str, tuple[Callable[[str, Sequence[Line]], str], str]] = {
    "m3u8": (_m3u8, "audio/x-mpegurl; charset=utf-8"),
    "xspf": (_xspf, "application/xspf+xml; charset=utf-8"),
    "jspf": (_jspf, "application/json; charset=utf-8"),
    "csv": (_csv, "text/csv; charset=utf-8"),
}
