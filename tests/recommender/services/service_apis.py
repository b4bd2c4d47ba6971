"""What each service's server says, in its own protocol, about the same songs and the same person's library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import time
from typing import Any

from recommender.services.clients.archive import Archive
from recommender.services.clients.deezer import Deezer
from recommender.services.clients.itunes import ITunes
from recommender.services.clients.listenbrainz import ListenBrainz
from recommender.services.clients.musicbrainz import MusicBrainz
from recommender.services.clients.soundcloud import SoundCloud
from recommender.services.clients.spotify import Spotify
from recommender.services.clients.youtube import YouTube
from recommender.services.protocol import MusicService
from tests.recommender.services.protocol_server import FakeApi, Reply, Request


@dataclass(frozen=True)
class Song:
    number: int
    title: str
    artist: str
    seconds: int = 200
    isrc: str = ""
    year: int = 2001


SONGS = (
    Song(1, "Blue Harbour", "Mara Lindt", 201, "DEAA12000001", 1999),
    Song(2, "残酷な夜の歌", "星野みなと", 254, "JPAA12000002"),
    Song(3, "Группа ветра", "Кедр", 215, "RUAA12000003", 1988),
    Song(4, "שיר של בוקר", "נועה לוי", 187, "ILAA12000004"),
    Song(5, "Ünïcode & “Quotes” (Live)", "AC//DC & Friends", 330, "GBAA12000005"),
)


def many(count: int) -> list[Song]:
    return [Song(n, f"Song {n}", f"Artist {n % 97}", 120 + n % 200) for n in range(1, count + 1)]


@dataclass
class LibraryApi(FakeApi):
    """A person with playlists, likes and plays; ``gone``: numbers of songs that vanished from the service."""

    songs: Sequence[Song] = SONGS
    lists: dict[str, list[Song]] = field(default_factory=lambda: {"mine": list(SONGS)})
    likes: list[Song] = field(default_factory=lambda: list(SONGS))
    gone: set[int] = field(default_factory=set)
    token = "t0ken"

    def service(self, patience: float = 5.0) -> MusicService:
        raise NotImplementedError

    def by_id(self, identifier: str) -> Song | None:
        return next((one for one in self.songs if self.id(one) == identifier and one.number not in self.gone), None)

    def id(self, song: Song) -> str:
        return str(song.number)

    def found(self, words: str) -> list[Song]:
        asked = words.lower()
        return [one for one in self.songs if asked in f"{one.artist} {one.title}".lower()]


class SpotifyApi(LibraryApi):
    name, prefix, authorization = "spotify", "/v1", "Bearer t0ken"
    plays = 5

    def service(self, patience: float = 5.0) -> MusicService:
        return Spotify(self.token, patience=patience)

    def id(self, song: Song) -> str:
        return f"{song.number:022d}"

    def track(self, song: Song) -> dict[str, Any]:
        people = [
            {"name": name, "id": "a1", "type": "artist", "uri": "spotify:artist:a1"}
            for name in song.artist.split(" & ")
        ]
        return {
            "id": self.id(song),
            "type": "track",
            "uri": f"spotify:track:{self.id(song)}",
            "name": song.title,
            "artists": people,
            "album": {
                "id": "b1",
                "name": "An Album",
                "release_date": f"{song.year}-05-01",
                "release_date_precision": "day",
                "images": [{"url": "https://i.scdn.co/image/x", "height": 300, "width": 300}],
                "album_type": "album",
                "total_tracks": 9,
                "available_markets": [],
                "type": "album",
                "uri": "spotify:album:b1",
                "href": "https://api.spotify.com/v1/albums/b1",
                "external_urls": {"spotify": "https://open.spotify.com/album/b1"},
                "artists": [],
            },
            "duration_ms": song.seconds * 1000,
            "external_ids": {"isrc": song.isrc},
            "external_urls": {"spotify": f"https://open.spotify.com/track/{self.id(song)}"},
            "explicit": False,
            "is_local": False,
            "is_playable": True,
        }

    def playlist(self, identifier: str) -> dict[str, Any]:
        own = identifier != "followed"
        return {
            "id": identifier,
            "type": "playlist",
            "uri": f"spotify:playlist:{identifier}",
            "href": f"https://api.spotify.com/v1/playlists/{identifier}",
            "name": f"List {identifier}",
            "description": "words",
            "collaborative": False,
            "public": False,
            "owner": {"id": "some_one.1" if own else "other", "type": "user", "uri": "spotify:user:x"},
            "snapshot_id": f"snap{len(self.lists.get(identifier, []))}",
            "external_urls": {"spotify": f"https://open.spotify.com/playlist/{identifier}"},
            "items": self.paging(0, 0, len(self.lists.get(identifier, []))) | {"items": []},
        }

    def entry(self, song: Song) -> dict[str, Any]:
        item = None if song.number in self.gone else self.track(song)
        return {"added_at": "2025-01-01T00:00:00Z", "is_local": False, **({"item": item} if item else {})}

    def paging(self, limit: int, offset: int, total: int) -> dict[str, Any]:
        return {
            "href": "https://api.spotify.com/v1/x",
            "limit": limit,
            "offset": offset,
            "next": "https://api.spotify.com/v1/elsewhere" if offset + limit < total else None,
            "previous": None,
            "total": total,
        }

    def page(self, asked: Request, entries: Sequence[Any], make: Callable[[Any], dict[str, Any]]) -> Reply:
        limit, offset = asked.number("limit", 20), asked.number("offset", 0)
        shown = [make(one) for one in entries[offset : offset + limit]]
        return Reply(self.paging(limit, offset, len(entries)) | {"items": shown})

    def reply(self, asked: Request) -> Reply:
        path, parts = asked.path.removeprefix("/v1"), asked.path.split("/")
        if path == "/me":
            return Reply({"id": "some_one.1", "account_id": "acc", "display_name": "A", "type": "user"})
        if path == "/search":
            words = asked.one("q")
            code = words.removeprefix("isrc:") if words.startswith("isrc:") else ""
            found = [one for one in self.songs if one.isrc == code] if code else self.found(words)
            page = self.page(asked, found, self.track)
            return Reply({"tracks": page.json})
        if path == "/me/playlists" and asked.method == "POST":
            self.lists[f"made{len(self.lists)}"] = []
            return Reply(self.playlist(list(self.lists)[-1]) | {"name": asked.json["name"]}, 201)
        if path == "/me/playlists":
            return self.page(asked, list(self.lists), self.playlist)
        if path == "/me/tracks":
            return self.page(
                asked, self.likes, lambda one: {"added_at": "2025-01-01T00:00:00Z", "track": self.track(one)}
            )
        if path == "/me/top/tracks":
            return self.page(asked, self.songs, self.track)
        if path == "/me/player/recently-played":
            plays = [{"track": self.track(one), "played_at": "2026-11-01T12:00:00.123Z"} for one in self.songs]
            return Reply({"items": plays, "limit": 50, "next": None, "cursors": {"after": "1", "before": "0"}})
        if path.endswith("/images"):
            return Reply(status=202, data=b"")
        listed = self.lists.get(parts[3])
        if listed is None:
            return Reply({"error": {"status": 404, "message": "Not found."}}, 404)
        if asked.method == "POST":
            known = [self.by_id(uri.rsplit(":", 1)[1]) for uri in asked.json["uris"]]
            self.lists[parts[3]] = listed + [one for one in known if one]
            return Reply({"snapshot_id": "snap9"}, 201)
        return self.page(asked, listed, self.entry)


class YouTubeApi(LibraryApi):
    name, prefix, authorization = "youtube", "/youtube/v3", "Bearer t0ken"

    def service(self, patience: float = 5.0) -> MusicService:
        return YouTube(self.token, patience=patience)

    def id(self, song: Song) -> str:
        return f"vid{song.number:08d}"

    def video(self, song: Song) -> dict[str, Any]:
        minutes, seconds = divmod(song.seconds, 60)
        return {
            "kind": "youtube#video",
            "id": self.id(song),
            "snippet": {"title": song.title, "channelTitle": f"{song.artist} - Topic", "categoryId": "10"},
            "contentDetails": {"duration": f"PT{minutes}M{seconds}S"},
        }

    def page(self, asked: Request, entries: list[dict[str, Any]]) -> Reply:
        start, most = asked.number("pageToken", 0), asked.number("maxResults", 5)
        assert most <= 50
        answer: dict[str, Any] = {"items": entries[start : start + most], "pageInfo": {"totalResults": len(entries)}}
        if start + most < len(entries):
            answer["nextPageToken"] = str(start + most)
        return Reply(answer)

    def playlist(self, identifier: str) -> dict[str, Any]:
        about = {"title": f"List {identifier}", "description": ""}
        count = {"itemCount": len(self.lists[identifier])}
        return {"id": identifier, "etag": f"e{len(self.lists[identifier])}", "snippet": about, "contentDetails": count}

    def reply(self, asked: Request) -> Reply:
        path = asked.path.removeprefix(self.prefix)
        if path == "/search":
            found = [{"id": {"kind": "youtube#video", "videoId": self.id(one)}} for one in self.found(asked.one("q"))]
            return self.page(asked, found)
        if path == "/videos" and asked.one("myRating"):
            return self.page(asked, [self.video(one) for one in self.likes])
        if path == "/videos":
            ids = asked.one("id").split(",")
            assert len(ids) <= 50
            return self.page(asked, [self.video(one) for key in ids if (one := self.by_id(key))])
        if path == "/playlists" and asked.method == "POST":
            identifier = f"made{len(self.lists)}"
            self.lists[identifier] = []
            return Reply(self.playlist(identifier) | {"snippet": asked.json["snippet"]})
        if path == "/playlists":
            return self.page(asked, [self.playlist(one) for one in self.lists])
        if asked.method == "POST":
            wanted = asked.json["snippet"]
            song = self.by_id(wanted["resourceId"]["videoId"])
            if song:
                self.lists[wanted["playlistId"]].append(song)
            return Reply({"id": "item"}) if song else Reply({"error": {"errors": [{"reason": "videoNotFound"}]}}, 404)
        if asked.one("playlistId") not in self.lists:
            return Reply({"error": {"errors": [{"reason": "playlistNotFound"}]}}, 404)
        items = [{"contentDetails": {"videoId": self.id(one)}} for one in self.lists[asked.one("playlistId")]]
        return self.page(asked, items)


class SoundCloudApi(LibraryApi):
    name, authorization = "soundcloud", "OAuth t0ken"

    def service(self, patience: float = 5.0) -> MusicService:
        return SoundCloud(self.token, patience=patience)

    def id(self, song: Song) -> str:
        return f"soundcloud:tracks:{song.number}"

    def track(self, song: Song) -> dict[str, Any]:
        return {
            "kind": "track",
            "urn": self.id(song),
            "title": song.title,
            "user": {"username": song.artist},
            "duration": song.seconds * 1000,
            "isrc": song.isrc,
            "access": "playable",
            "release_year": song.year,
            "permalink_url": f"https://soundcloud.com/x/{song.number}",
        }

    def page(self, asked: Request, entries: list[dict[str, Any]]) -> Reply:
        assert asked.one("linked_partitioning") == "true"
        start, most = asked.number("offset", 0), asked.number("limit", 50)
        answer: dict[str, Any] = {"collection": entries[start : start + most]}
        if start + most < len(entries):
            rest = f"linked_partitioning=true&limit={most}&offset={start + most}"
            answer["next_href"] = f"https://api.soundcloud.com{asked.path}?{rest}"
        return Reply(answer)

    def playlist(self, urn: str) -> dict[str, Any]:
        count = len(self.lists[urn])
        return {
            "urn": urn,
            "title": f"List {urn}",
            "description": "",
            "track_count": count,
            "last_modified": f"2025/01/01 00:00:{count:02d} +0000",
            "permalink_url": "https://soundcloud.com/x/sets/y",
        }

    def reply(self, asked: Request) -> Reply:
        parts = asked.path.split("/")
        if asked.path == "/tracks":
            return self.page(asked, [self.track(one) for one in self.found(asked.one("q"))])
        if asked.path == "/me/playlists":
            return self.page(asked, [self.playlist(one) for one in self.lists])
        if asked.path == "/me/likes/tracks":
            return self.page(asked, [self.track(one) for one in self.likes])
        if asked.path == "/playlists":
            urn = f"soundcloud:playlists:{len(self.lists)}"
            self.lists[urn] = []
            return Reply(self.playlist(urn) | {"title": asked.json["playlist"]["title"]}, 201)
        if parts[2] not in self.lists:
            return Reply({"code": 404, "message": "no"}, 404)
        if asked.method == "PUT":
            wanted = [self.by_id(one["urn"]) for one in asked.json["playlist"]["tracks"]]
            self.lists[parts[2]] = [one for one in wanted if one]
            return Reply(self.playlist(parts[2]))
        return self.page(asked, [self.track(one) for one in self.lists[parts[2]]])


COVER = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path fill="#123" d="M0 0h1v1H0z"/></svg>'


class DeezerApi(LibraryApi):
    """``media``: where its previews lie; they stop playing ``lasts`` seconds after they were told of. ``pictures``:
    where its covers lie. ``sound``: what a preview gives."""

    name = "deezer"
    media, pictures, lasts = "https://cdnt-preview.dzcdn.net", "https://e-cdns-images.dzcdn.net", 900
    sound: bytes = b""

    def service(self, patience: float = 5.0) -> MusicService:
        return Deezer(patience=patience)

    def track(self, song: Song) -> dict[str, Any]:
        return {
            "id": song.number,
            "readable": True,
            "title": song.title,
            "artist": {"id": self.singers().get(song.artist, 1), "name": song.artist},
            "album": {"id": 2, "title": "An Album", "cover_medium": f"{self.pictures}/cover/{song.number}.svg"},
            "duration": song.seconds,
            "isrc": song.isrc,
            "explicit_lyrics": False,
            "link": f"https://www.deezer.com/track/{song.number}",
            "preview": f"{self.media}/preview/{song.number}.mp3?hdnea=exp={int(time()) + self.lasts}~acl=/*~hmac=0f",
        }

    def singers(self) -> dict[str, int]:
        """Ids of the artists by name."""
        return {name: 100 + place for place, name in enumerate(dict.fromkeys(song.artist for song in self.songs))}

    def by_artist(self, asked: Request) -> Reply:
        """Who goes by a name, and the tracks that are played most."""
        if asked.path == "/search/artist":
            words = asked.one("q").lower().split()
            named = [(name, one) for name, one in self.singers().items() if all(word in name.lower() for word in words)]
            return Reply({"data": [{"id": one, "name": name, "type": "artist"} for name, one in named]})
        singers = self.singers()
        theirs = [song for song in self.songs if f"/artist/{singers[song.artist]}/top" == asked.path]
        return Reply({"data": [self.track(song) for song in theirs][: asked.number("limit", 5)], "total": len(theirs)})

    def reply(self, asked: Request) -> Reply:
        if asked.path == "/search/artist" or asked.path.startswith("/artist/"):
            return self.by_artist(asked)
        if asked.path.startswith("/preview/"):
            ends = int(asked.one("hdnea").removeprefix("exp=").partition("~")[0])
            return ranged(asked, self.sound, "audio/wav") if ends > time() else Reply(status=403, data=b"")
        if asked.path.startswith("/cover/"):
            return Reply(data=COVER, headers={"Content-Type": "image/svg+xml"})
        if asked.path.startswith("/track/isrc:"):
            code = asked.path.removeprefix("/track/isrc:")
            found = next((one for one in self.songs if one.isrc == code), None)
            nothing = {"error": {"type": "DataException", "message": "no data", "code": 800}}
            return Reply(self.track(found) if found else nothing)
        if asked.path.startswith("/track/"):
            song = self.by_id(asked.path.removeprefix("/track/"))
            return Reply(self.track(song) if song else {"error": {"message": "no data", "code": 800}})
        found_all = [self.track(one) for one in self.found(asked.one("q"))]
        return Reply({"data": found_all[: asked.number("limit", 25)], "total": len(found_all)})


class ITunesApi(LibraryApi):
    name = "itunes"
    media, pictures, genre = "https://audio-ssl.itunes.apple.com", "https://is1-ssl.mzstatic.com", "Pop"

    def service(self, patience: float = 5.0) -> MusicService:
        return ITunes(patience=patience)

    def reply(self, asked: Request) -> Reply:
        assert asked.one("entity") == "song"
        songs = self.found(asked.one("term"))
        if asked.path == "/lookup":
            songs = [song for song in [self.by_id(asked.one("id"))] if song]
        if asked.one("attribute") == "artistTerm":
            songs = [song for song in songs if asked.one("term").lower() in song.artist.lower()]
        results = [
            {
                "wrapperType": "track",
                "kind": "song",
                "trackId": one.number,
                "trackName": one.title,
                "artistName": one.artist,
                "collectionName": "An Album",
                "trackTimeMillis": one.seconds * 1000,
                "releaseDate": f"{one.year}-05-01T07:00:00Z",
                "trackExplicitness": "notExplicit",
                "primaryGenreName": self.genre,
                "trackViewUrl": f"https://music.apple.com/us/album/x/{one.number}",
                "previewUrl": f"{self.media}/preview/{one.number}.m4a",
                "artworkUrl100": f"{self.pictures}/image/{one.number}/100x100bb.jpg",
            }
            for one in songs[: asked.number("limit", 50)]
        ]
        return Reply({"resultCount": len(results), "results": results})


class MusicBrainzApi(LibraryApi):
    name, prefix = "musicbrainz", "/ws/2"

    def service(self, patience: float = 5.0) -> MusicService:
        return MusicBrainz(patience=patience)

    def id(self, song: Song) -> str:
        return f"00000000-0000-4000-8000-{song.number:012d}"

    def recording(self, song: Song) -> dict[str, Any]:
        return {
            "id": self.id(song),
            "title": song.title,
            "length": song.seconds * 1000,
            "artist-credit": [{"name": song.artist, "joinphrase": "", "artist": {"name": song.artist}}],
            "releases": [{"title": "An Album", "date": f"{song.year}"}],
            "first-release-date": f"{song.year}-05",
            "isrcs": [song.isrc],
        }

    def reply(self, asked: Request) -> Reply:
        if not asked.headers.get("User-Agent", "").startswith("Dylumo/"):
            return Reply({"error": "say who you are"}, 403)
        words = asked.one("query")
        code = words.removeprefix("isrc:") if words.startswith("isrc:") else ""
        found = [one for one in self.songs if one.isrc == code] if code else self.found(words)
        return Reply(
            {"count": len(found), "recordings": [self.recording(one) for one in found][: asked.number("limit", 25)]}
        )


class ListenBrainzApi(LibraryApi):
    name = "listenbrainz"

    def service(self, patience: float = 5.0) -> MusicService:
        return ListenBrainz("some one", patience=patience)

    def listen(self, song: Song, at: int) -> dict[str, Any]:
        more = {"duration_ms": song.seconds * 1000, "isrc": song.isrc, "recording_mbid": f"mbid-{song.number}"}
        about = {"track_name": song.title, "artist_name": song.artist, "additional_info": more}
        return {"listened_at": at, "track_metadata": about}

    def reply(self, asked: Request) -> Reply:
        if asked.path == "/1/lb-radio/tags":
            tagged = [{"recording_mbid": mbid(one), "percent": 50.0, "tag_count": 2} for one in self.songs]
            return Reply(tagged[: asked.number("count", 50)])
        if asked.path == "/1/metadata/recording/":
            names = {
                mbid(one): {
                    "recording": {"name": one.title, "length": one.seconds * 1000},
                    "artist": {"name": one.artist},
                }
                for one in self.songs
            }
            return Reply({one: names[one] for one in asked.one("recording_mbids").split(",") if one in names})
        if asked.path != "/1/user/some one/listens":
            return Reply({"code": 404, "error": "Cannot find user"}, 404)
        heard = [self.listen(one, 1_700_000_000 + one.number) for one in self.songs]
        heard = [one for one in heard if one["listened_at"] < asked.number("max_ts", 2**40)]
        heard = [one for one in heard if one["listened_at"] > asked.number("min_ts", 0)]
        newest = sorted(heard, key=lambda one: -one["listened_at"])[: asked.number("count", 25)]
        return Reply({"payload": {"count": len(newest), "listens": newest}})


def mbid(song: Song) -> str:
    """Its id at MusicBrainz."""
    return f"0000{song.number:04d}-0000-4000-8000-000000000000"


@dataclass
class ArchiveApi(LibraryApi):
    """``sound``: what a download gives, after the archive has sent it on to one of its machines, as it does;
    ``elsewhere``: the address it sends on to instead."""

    name = "archive"
    licence = "https://creativecommons.org/licenses/by/4.0/"
    sound: bytes = b""
    elsewhere: str = ""

    def service(self, patience: float = 5.0) -> MusicService:
        return Archive(patience=patience)

    def reply(self, asked: Request) -> Reply:
        if asked.path == "/advancedsearch.php":
            words = asked.one("q").split(")")[0].strip("(").replace(" AND ", " ")
            found = [{"identifier": f"item{one.number}"} for one in self.songs if _words_in(words, one)]
            return Reply({"response": {"numFound": len(found), "docs": found[: asked.number("rows", 50)]}})
        if asked.path.startswith("/download/"):
            machine = asked.path.replace("/download/", "/27/items/").replace(" ", "%20")
            return Reply(status=302, data=b"", headers={"Location": self.elsewhere or machine})
        if asked.path.startswith("/27/items/"):
            return ranged(asked, self.sound) if self.sound else Reply({"error": "gone"}, 404)
        song = next((one for one in self.songs if asked.path == f"/metadata/item{one.number}"), None)
        if song is None:
            return Reply({})
        clock = f"{song.seconds // 60}:{song.seconds % 60:02d}"
        files = [
            {"name": "01 song.flac", "title": song.title, "length": str(float(song.seconds)), "format": "Flac"},
            {"name": "01 song.mp3", "title": song.title, "length": clock, "format": "VBR MP3"},
            {"name": "cover.jpg", "format": "JPEG"},
        ]
        about = {"licenseurl": self.licence, "creator": song.artist, "title": "An Album", "date": f"{song.year}-01-01"}
        return Reply({"metadata": about, "files": files})


def ranged(asked: Request, sound: bytes, media_type: str = "audio/mpeg") -> Reply:
    """The sound, or the part of it that was asked for."""
    kind = {"Content-Type": media_type, "Accept-Ranges": "bytes"}
    wanted = asked.headers.get("Range", "").removeprefix("bytes=").split("-")
    if len(wanted) != 2:
        return Reply(data=sound, headers=kind)
    first, last = int(wanted[0]), min(int(wanted[1] or len(sound)), len(sound) - 1)
    whole = {"Content-Range": f"bytes {first}-{last}/{len(sound)}"}
    return Reply(data=sound[first : last + 1], status=206, headers=kind | whole)


def _words_in(words: str, song: Song) -> bool:
    import re

    have = re.findall(r"[^\W_]+", f"{song.artist} {song.title}".lower())
    return all(word in have for word in words.split())


ACTS = (
    SpotifyApi,
    YouTubeApi,
    SoundCloudApi,
    DeezerApi,
    ITunesApi,
    MusicBrainzApi,
    ListenBrainzApi,
    ArchiveApi,
)
