"""Jellyfin and Plex as their public descriptions and sources have them, on this machine: paging, errors, ways in,
ranges of sound, covers, playlists. No real server stands behind them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from recommender.services import http
from recommender.services.clients.jellyfin import Jellyfin
from recommender.services.clients.plex import Plex
from tests.recommender.services.protocol_server import Reply, Request
from tests.recommender.services.service_apis import LibraryApi, Song

NOBODY = "http://127.0.0.1:9"
JPEG = b"\xff\xd8\xff\xe0" + b"a cover" * 20
SOUND = b"fLaC" + bytes(range(256)) * 40


def part_of(asked: Request, sound: bytes, kind: str) -> Reply:
    """The whole file, or the range that was asked for."""
    headers = {"Content-Type": kind, "Accept-Ranges": "bytes"}
    match = re.fullmatch(r"bytes=(\d+)-(\d*)", asked.headers.get("Range", ""))
    if not match:
        return Reply(data=sound, headers=headers)
    first, last = int(match[1]), min(int(match[2] or len(sound) - 1), len(sound) - 1)
    if first >= len(sound):
        return Reply(data=b"", status=416, headers=headers)
    headers["Content-Range"] = f"bytes {first}-{last}/{len(sound)}"
    return Reply(data=sound[first : last + 1], status=206, headers=headers)


@dataclass
class OwnServerApi(LibraryApi):
    """``sound``: the file of every song; ``cover``: the picture of every album; ``refuses_cover``: a playlist's picture
    is for administrators; ``made``: titles and descriptions of playlists."""

    sound: bytes = SOUND
    cover: bytes = JPEG
    titles: dict[str, str] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, bytes] = field(default_factory=dict)
    count: int = 900

    def there(self, songs: Sequence[Song]) -> list[Song]:
        return [one for one in songs if one.number not in self.gone]

    def new_list(self, title: str) -> str:
        self.count += 1
        made = self.list_id(self.count)
        self.lists[made], self.titles[made] = [], title
        return made

    def list_id(self, number: int) -> str:
        return str(number)

    def moved(self, playlist: str, song: Song, place: int) -> None:
        self.lists[playlist].remove(song)
        self.lists[playlist].insert(place, song)


ADA, BO = f"{0xADA:032x}", f"{0xB0:032x}"


@dataclass
class JellyfinApi(OwnServerApi):
    """``passwords`` by user, ``keys``, and the ``tokens`` it gave: whose each is."""

    name = "jellyfin"
    users: dict[str, str] = field(default_factory=lambda: {"ada": ADA, "Bo": BO})
    passwords: dict[str, str] = field(default_factory=lambda: {"ada": "pässword & more"})
    keys: set[str] = field(default_factory=lambda: {"0123456789abcdef0123456789abcdef"})
    tokens: dict[str, str] = field(default_factory=lambda: {"t0ken": ADA})
    product: str = "Jellyfin Server"

    def service(self, patience: float = 5.0) -> Jellyfin:
        return Jellyfin(http.endpoint(self.name, NOBODY), ADA, "t0ken", patience=patience)

    def id(self, song: Song) -> str:
        return f"{song.number:032x}"

    def list_id(self, number: int) -> str:
        return f"{number:032x}"

    def reply(self, asked: Request) -> Reply:
        way = asked.headers.get("Authorization", "")
        said = dict(re.findall(r'(\w+)="([^"]*)"', way)) if way.startswith("MediaBrowser ") else {}
        params = {name.lower(): values[-1] for name, values in asked.params.items()}  # names in any case, as there
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", ["System", "Info", "Public"]:
                return Reply({"ProductName": self.product, "Version": "10.11.3", "ServerName": "Home", "Id": "5e1f"})
            case "POST", ["Users", "AuthenticateByName"]:
                return self.sign_in(said, asked.json)
            case "GET", ["Items", item, "Images", "Primary"]:
                return self.picture(item)
        token = said.get("Token", "")
        if token not in self.tokens and token not in self.keys:
            return Reply(data=b"", status=401)
        whose = (
            params.get("userid") or (asked.json or {}).get("UserId") if self.has_json(asked) else params.get("userid")
        )
        if token in self.tokens and whose not in (None, self.tokens[token]):
            return Reply(data=b"Error processing request.", status=403)
        return self.known(asked, params, token)

    @staticmethod
    def has_json(asked: Request) -> bool:
        return asked.headers.get("Content-Type", "").startswith("application/json") and bool(asked.body)

    def sign_in(self, said: dict[str, str], told: Any) -> Reply:
        if not {"Client", "Device", "DeviceId", "Version"} <= set(said):
            return Reply(data=b"Error processing request.", status=400)
        name = told["Username"]
        if self.passwords.get(name) != told["Pw"]:
            return Reply(data=b"Error processing request.", status=401)
        token = f"given-{len(self.tokens)}"
        self.tokens[token] = self.users[name]
        return Reply({"User": {"Name": name, "Id": self.users[name]}, "AccessToken": token, "ServerId": "5e1f"})

    def known(self, asked: Request, params: dict[str, str], token: str) -> Reply:
        match asked.method, asked.path.strip("/").split("/"):
            case "POST", ["Sessions", "Logout"]:
                self.tokens.pop(token, None)
                return Reply(data=b"", status=204)
            case "GET", ["Users"]:
                return Reply([{"Name": name, "Id": one} for name, one in self.users.items()])
            case "GET", ["Items"]:
                return self.items(params)
            case "GET", ["Artists"]:
                words = params["searchterm"].lower()
                names = [one.artist for one in self.there(self.songs) if words in one.artist.lower()]
                return self.page([{"Id": self.artist_id(names[0]), "Name": names[0]}] if names else [], params)
            case "POST", ["Playlists"]:
                made = self.new_list(asked.json["Name"])
                assert asked.json["IsPublic"] is False and asked.json["MediaType"] == "Audio"
                return Reply({"Id": made})
            case method, ["Playlists", playlist, "Items"]:
                return self.playlist(method, playlist, params)
            case "POST", ["Playlists", playlist, "Items", entry, "Move", place] if token not in self.keys:
                found = next(one for one in self.lists[playlist] if self.id(one) == entry)
                self.moved(playlist, found, int(place))
                return Reply(data=b"", status=204)
            case "GET", ["Audio", item, "stream"]:
                if self.by_id(item) is None:
                    return Reply(data=b"", status=404)
                assert params["static"] == "true"
                return part_of(asked, self.sound, "audio/flac")
            case "POST", ["Items", item, "Images", "Primary"]:
                if token not in self.keys:
                    return Reply(data=b"", status=403)
                self.pictures[item] = asked.body
                return Reply(data=b"", status=204)
        return Reply(data=b"", status=404)

    def playlist(self, method: str, playlist: str, params: dict[str, str]) -> Reply:
        if playlist not in self.lists:
            return Reply("Playlist not found", 404)
        if method == "GET":
            rows = [self.song(one) | {"PlaylistItemId": self.id(one)} for one in self.there(self.lists[playlist])]
            return self.page(rows, params)
        found = [self.by_id(one) for one in params["ids"].split(",")]
        self.lists[playlist] += [one for one in found if one]  # what it does not know it passes over
        return Reply(data=b"", status=204)

    def items(self, params: dict[str, str]) -> Reply:
        if params.get("includeitemtypes") == "Playlist":
            films = {"Id": self.list_id(1), "Name": "Films", "MediaType": "Video", "ChildCount": 3}
            rows = [
                {"Id": one, "Name": self.titles.get(one, one), "MediaType": "Audio", "ChildCount": len(songs)}
                for one, songs in self.lists.items()
            ]
            return self.page([films, *rows], params)
        songs = self.there(self.songs)
        if words := params.get("searchterm", "").lower():
            songs = [one for one in songs if words in one.title.lower()]
        if artist := params.get("artistids"):
            songs = [one for one in songs if self.artist_id(one.artist) == artist]
        if ids := params.get("ids"):
            songs = [one for one in songs if self.id(one) in ids.split(",")]
        if params.get("isfavorite"):
            songs = [one for one in self.likes if one in songs]
        return self.page([self.song(one) for one in songs], params)

    def page(self, rows: list[Any], params: dict[str, str]) -> Reply:
        start, count = int(params.get("startindex", 0)), int(params.get("limit", 10**6))
        return Reply({"Items": rows[start : start + count], "TotalRecordCount": len(rows), "StartIndex": start})

    def artist_id(self, name: str) -> str:
        return f"a{sum(map(ord, name)):031x}"

    def song(self, song: Song) -> dict[str, Any]:
        return {
            "Id": self.id(song),
            "Name": song.title,
            "Type": "Audio",
            "MediaType": "Audio",
            "RunTimeTicks": song.seconds * 10_000_000,
            "ProductionYear": song.year,
            "Artists": song.artist.split(" & "),
            "AlbumArtist": song.artist,
            "Album": "Album",
            "AlbumId": f"{0xA1:032x}",
            "AlbumPrimaryImageTag": "tag",
            "ImageTags": {},
            "Genres": ["ambient"],
        }

    def picture(self, item: str) -> Reply:
        if item != f"{0xA1:032x}":
            return Reply(data=b"", status=404)
        return Reply(data=self.cover, headers={"Content-Type": "image/jpeg"})


@dataclass
class PlexApi(OwnServerApi):
    """Two libraries of music, one of films. ``token``: the way in."""

    name = "plex"
    token = "pl3x-tok3n"
    machine = "ab12cd34"

    def service(self, patience: float = 5.0) -> Plex:
        return Plex(http.endpoint(self.name, NOBODY), self.token, patience=patience)

    def reply(self, asked: Request) -> Reply:
        if asked.headers.get("Accept") != "application/json":
            return Reply(data=b'<?xml version="1.0"?><MediaContainer/>', headers={"Content-Type": "text/xml"})
        if asked.path == "/identity":
            return self.told(machineIdentifier=self.machine, version="1.43.0")
        if asked.headers.get("X-Plex-Token") != self.token:
            return Reply(data=b"<html>401 Unauthorized</html>", status=401, headers={"Content-Type": "text/html"})
        assert self.token not in str(asked.params)  # addresses end up in logs
        match asked.method, asked.path.strip("/").split("/"):
            case "GET", [""]:
                return self.told(friendlyName="Home")
            case "GET", ["hubs", "search"]:
                return self.search(asked)
            case "GET", ["photo", ":", "transcode"]:
                return Reply(data=self.cover, headers={"Content-Type": "image/jpeg"})
            case "POST", ["library", "metadata", playlist, "posters"]:
                self.pictures[playlist] = asked.body
                return Reply(data=b"")
            case _, ["playlists", *rest]:
                return self.playlists(asked, rest)
            case "GET", ["library", *rest]:
                return self.library(asked, rest)
        return Reply(data=b"", status=404)

    def library(self, asked: Request, rest: list[str]) -> Reply:
        match rest:
            case ["sections"]:
                kinds = (("1", "movie"), ("2", "artist"), ("3", "artist"))
                return self.told(Directory=[{"key": key, "type": kind, "title": kind} for key, kind in kinds])
            case ["sections", section, "all"]:
                assert asked.one("type") == "10"
                mine = [one for one in self.there(self.songs) if (one.number % 2 == 0) == (section == "3")]
                return self.page([self.song(one) for one in mine], asked)
            case ["metadata", artist, "allLeaves"]:
                return self.page([self.song(one) for one in self.songs if self.artist_key(one.artist) == artist], asked)
            case ["metadata", keys]:
                found = [self.song(one) for key in keys.split(",") if (one := self.by_id(key))]
                return self.told(size=len(found), Metadata=found) if found else Reply(data=b"", status=404)
            case ["parts", number, "1", "file.flac"]:
                return part_of(asked, self.sound, "audio/flac") if self.by_id(number) else Reply(data=b"", status=404)
        return Reply(data=b"", status=404)

    def playlists(self, asked: Request, rest: list[str]) -> Reply:
        match asked.method, rest:
            case "GET", []:
                assert asked.one("playlistType") == "audio"
                return self.page([self.list_row(one) for one in self.lists], asked)
            case "POST", []:
                songs = self.named(asked)
                if not songs:  # no empty ones
                    return Reply(data=b"", status=400)
                made = self.new_list(asked.one("title"))
                self.lists[made] += songs
                return self.told(size=1, Metadata=[self.list_row(made)])
            case _, [playlist, *_] if playlist not in self.lists:
                return Reply(data=b"", status=404)
            case "PUT", [playlist]:
                self.about[playlist] = asked.one("summary")
                return Reply(data=b"")
            case "GET", [playlist, "items"]:
                rows = [
                    self.song(one) | {"playlistItemID": 5000 + one.number} for one in self.there(self.lists[playlist])
                ]
                return self.page(rows, asked)
            case "PUT", [playlist, "items", entry, "move"]:
                numbers = [5000 + one.number for one in self.lists[playlist]]
                found = self.lists[playlist][numbers.index(int(entry))]
                numbers.remove(int(entry))
                self.moved(playlist, found, numbers.index(int(after)) + 1 if (after := asked.one("after")) else 0)
                return Reply(data=b"")
            case "PUT", [playlist, "items"]:
                songs = self.named(asked)
                self.lists[playlist] += songs  # what it does not know it passes over
                return self.told(leafCountAdded=len(songs), leafCountRequested=asked.one("uri").count(",") + 1)
        return Reply(data=b"", status=404)

    def named(self, asked: Request) -> list[Song]:
        start = f"server://{self.machine}/com.plexapp.plugins.library/library/metadata/"
        uri = asked.one("uri")
        found = [self.by_id(key) for key in uri.removeprefix(start).split(",")] if uri.startswith(start) else []
        return [one for one in found if one]

    def search(self, asked: Request) -> Reply:
        words, most = asked.one("query").lower(), asked.number("limit", 3)
        songs = [self.song(one) for one in self.there(self.songs) if words in one.title.lower()]
        artists = [one.artist for one in self.there(self.songs) if words in one.artist.lower()]
        hubs: list[dict[str, Any]] = [{"type": "movie", "size": 0}, {"type": "track", "Metadata": songs[:most]}]
        hubs.append(
            {"type": "artist", "Metadata": [{"ratingKey": self.artist_key(one), "title": one} for one in artists[:1]]}
        )
        return self.told(Hub=hubs)

    def artist_key(self, name: str) -> str:
        return str(10_000 + sum(map(ord, name)))

    def told(self, **inside: Any) -> Reply:
        return Reply({"MediaContainer": inside})

    def page(self, rows: list[Any], asked: Request) -> Reply:
        start, count = asked.number("X-Plex-Container-Start", 0), asked.number("X-Plex-Container-Size", 10**6)
        some = rows[start : start + count]
        # an empty page holds no list at all
        return self.told(size=len(some), totalSize=len(rows), offset=start, **({"Metadata": some} if some else {}))

    def list_row(self, playlist: str) -> dict[str, Any]:
        title = self.titles.get(playlist, playlist)
        count = len(self.lists[playlist])
        return {"ratingKey": playlist, "type": "playlist", "title": title, "leafCount": count, "updatedAt": 17 + count}

    def song(self, song: Song) -> dict[str, Any]:
        return {
            "ratingKey": self.id(song),
            "type": "track",
            "title": song.title,
            "grandparentTitle": "Various Artists",
            "originalTitle": song.artist,
            "parentTitle": "Album",
            "parentYear": song.year,
            "duration": song.seconds * 1000,
            "parentThumb": "/library/metadata/77/thumb/1700000000",
            "Media": [{"container": "flac", "Part": [{"key": f"/library/parts/{self.id(song)}/1/file.flac"}]}],
        }
