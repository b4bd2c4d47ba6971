"""``recommend PICTURE...``: a playlist for a picture, or for several together, and a conversation about it, from the
shell."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.management.base import BaseCommand

from accounts.models import User
from agents.board import Board, Order, Trouble
from agents.conversations import scopes
from agents.conversations.in_memory import Said, Talk
from agents.coordination import STRATEGIES
from agents.coordination.base import Stage, Unwatched, act_here
from agents.management.picture_file import read_picture_file
from agents.models import Mode
from agents.roles import team
from agents.roles.image_analysis import ImageAnalysis
from core.errors import BadInput, DylumoError, NotFound, Unavailable
from core.schemas import ImageReading, dump
from feedback.taste import context
from recommender import mapping
from recommender.models import Playlist, ServicePlaylist, Track


class Command(BaseCommand):
    help = "Recommends music for a picture or several, and for what is said about it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pictures", nargs="*", metavar="PICTURE")
        parser.add_argument(
            "--as",
            dest="together",
            choices=mapping.TOGETHER,
            default="average",
            help="how several pictures become one list: their average, a journey from the first to the last, or a "
            "chapter for each",
        )
        parser.add_argument("--sound", metavar="FILE", help="a song that the list should also go with")
        parser.add_argument(
            "--say",
            metavar="TEXT",
            action="append",
            default=[],
            help="a sentence of a conversation about the list; may be given repeatedly; without a picture the first is "
            "what the list is made from",
        )
        parser.add_argument("--count", type=int, metavar="N", help="how many tracks (12)")
        parser.add_argument("--playlist", metavar="ID", help="choose only among this playlist's tracks")
        parser.add_argument("--user", metavar="EMAIL", help="whose own tracks and playlists may be used too")
        parser.add_argument(
            "--context",
            metavar="NAMES",
            default="",
            help="what it is for, such as evening,friends",
        )
        parser.add_argument("--take", type=int, default=1, metavar="N", help="which of the ways to hear it (1)")
        parser.add_argument("--strategy", choices=STRATEGIES, help="how the agents work together")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, pictures: list[str], **options: Any) -> None:
        try:
            result = run(pictures, options)
        except DylumoError as error:
            named = ", ".join(pictures) or options["say"][:1]
            if options["json"]:
                self.stdout.write(json.dumps({"file": named, "error": error.as_json()}, ensure_ascii=False))
            else:
                self.stderr.write(f"{named}: {error.message} {error.hint}")
            raise SystemExit(1) from error
        self.stdout.write(json.dumps(result, ensure_ascii=False) if options["json"] else in_words(result))


def run(pictures: list[str], options: dict[str, Any]) -> dict[str, Any]:
    """The command's answer. Raises a DylumoError for what cannot be read, found or used."""
    if options["count"] is not None and not 1 <= options["count"] <= mapping.MOST_TRACKS:
        raise BadInput(f"A list can have 1 to {mapping.MOST_TRACKS} tracks.", hint="Give --count within that range.")
    if len(pictures) > mapping.MOST_PHOTOS:
        raise BadInput(f"A list can be made of up to {mapping.MOST_PHOTOS} pictures.", hint="Name fewer.")
    if not pictures and not options["say"]:
        raise mapping.NothingToGoBy
    person = _person(options["user"])
    start = Order(
        person_id=person.pk if person else None,
        pictures=tuple(map(Path, pictures)),
        together=options["together"],
        sound=Path(options["sound"]) if options["sound"] else None,
        count=options["count"],
        scope=_scope(options["playlist"], person),
        moment=context.named(options["context"].split(",")),
        learned=context.learned_by(person),
        take=options["take"],
    )
    kitchen = Kitchen(strategy=options["strategy"] or settings.STRATEGY)
    talk = Talk(start=start, work=kitchen.work, person=person)
    turns = [talk.begin()] if pictures else []
    turns += [talk.say(text) for text in options["say"]]
    return as_json(talk, kitchen, turns)


@dataclass
class Kitchen:
    """Lets the agents work on orders; keeps what the pictures gave, and how long each agent took last."""

    strategy: str
    reading: ImageReading | None = None
    took: dict[str, float] = field(default_factory=dict)
    troubles: tuple[Trouble, ...] = ()

    def work(self, order: Order) -> Board:
        members = team() | {"image_analysis": ImageAnalysis(read=read_picture_file)}
        stage = Stage(listener=Unwatched(), perform=act_here)
        board = STRATEGIES[self.strategy](members, Board(order=order), stage)
        self.reading = board.reading or self.reading
        self.took |= {message.agent: message.ms for message in stage.messages}
        self.troubles = board.troubles
        return board


def _person(email: str | None) -> User | None:
    if email is None:
        return None
    person = User.objects.filter(email__iexact=email).first()
    if person is None:
        raise NotFound(f"Nobody with the address {email} has an account here.", hint="Check --user.")
    return person


def _scope(playlist_id: str | None, person: User | None) -> tuple[int, ...] | None:
    if playlist_id is None:
        return None
    try:
        key = UUID(playlist_id)
    except ValueError:
        raise NotFound("There is no such playlist of yours.") from None
    if playlist := Playlist.objects.visible_to(person).filter(pk=key).first():
        return tuple(playlist.items.values_list("track_id", flat=True))
    if imported := ServicePlaylist.objects.visible_to(person).filter(pk=key).first():
        return scopes.scope_of(imported, Mode.ONLY).within
    raise NotFound("There is no such playlist.", hint="Give --user with --playlist: a list is its owner's only.")


def as_json(talk: Talk, kitchen: Kitchen, turns: Sequence[Said]) -> dict[str, Any]:
    """The command line's shape; ``timings`` are milliseconds by agent, and by step of the ranking. The brief's vector
    (384 numbers for machines only) is left out. An agent that failed is named among what was not met."""
    version = talk.shown
    if version is None and talk.start.pictures:
        raise Unavailable("No list could be made.", hint=" ".join(trouble.message for trouble in kitchen.troubles))
    tracks = version.ranked.tracks if version else ()
    known = {
        pk: {"year": year, "styles": styles or []}
        for pk, year, styles in Track.objects.filter(pk__in=[track.track_id for track in tracks]).values_list(
            "pk", "year", "annotation__styles"
        )
    }
    hidden = ("vector", "takes")
    shown = {name: value for name, value in dump(version.brief).items() if name not in hidden} if version else None
    troubles = [{"limit": trouble.agent, "message": trouble.message} for trouble in kitchen.troubles]
    timings = {**kitchen.took, **(version.ranked.timings if version else {})}
    return {
        "reading": dump(kitchen.reading) if kitchen.reading else None,
        "takes": [
            {"name": take.title, "styles": list(take.styles), "why": take.why, "score": take.chance}
            for take in (version.brief.takes if version else ())
        ],
        "brief": _rounded(shown),
        "tracks": [
            {
                "rank": track.rank,
                "title": track.title,
                "artist": track.artist,
                **known.get(track.track_id, {"year": None, "styles": []}),
                "score": track.score,
                "parts": [dump(part) for part in track.parts],
                "reason": track.reason,
                "links": dict(track.links),
            }
            for track in tracks
        ],
        "turns": [turn.as_json() for turn in turns],
        "unmet": [*(dump(unmet) for unmet in (turns[-1].unmet if turns else ())), *troubles],
        "timings": {name: round(ms, 1) for name, ms in timings.items()},
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list) else value


def in_words(result: dict[str, Any]) -> str:
    """The answer for a person's eyes."""
    lines = _seen(result["reading"]) if result["reading"] else []
    if brief := result["brief"]:
        lines += [f"Looked for: valence {brief['valence']:.2f}, arousal {brief['arousal']:.2f}", ""]
    for turn in result["turns"]:
        lines += [f"> {turn['say']}", turn["reply"], ""] if turn["say"] else []
    for track in result["tracks"]:
        lines += [f"{track['rank']:>3}. {track['title']} - {track['artist']}  [{track['score']:.0f}]"]
        lines += [f"     {track['reason']}"]
    return "\n".join([*lines, *(f"Not met: {unmet['message']}" for unmet in result["unmet"])])


def _seen(reading: dict[str, Any]) -> list[str]:
    moods = ", ".join(mood["name"] for mood in reading["moods"][:3]) or "no clear mood"
    return [
        f"Seen: {reading['phrase'] or 'a picture'} ({moods}; valence {reading['valence']:.2f}, "
        f"arousal {reading['arousal']:.2f}, {reading['tier']} reading)"
    ]
