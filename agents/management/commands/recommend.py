"""``recommend PICTURE...``: a playlist for a picture, or for several together, and a conversation about it, from the
shell."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from agents.board import Order
from agents.conversations import scopes
from agents.conversations.in_memory import LocalTeam, Talk
from agents.conversations.talk_json import as_json
from agents.coordination import STRATEGIES
from agents.management.picture_file import read_picture_file
from core.errors import BadInput, DylumoError
from feedback.taste import context, take_choices
from recommender import mapping
from recommender.management.progress import owner_of


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
        parser.add_argument(
            "--user", default="", metavar="EMAIL", help="whose own tracks and playlists may be used too"
        )
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
    person = owner_of(options["user"])
    start = Order(
        person_id=person.pk if person else None,
        pictures=tuple(map(Path, pictures)),
        together=options["together"],
        sound=Path(options["sound"]) if options["sound"] else None,
        count=options["count"],
        scope=scopes.tracks_of(person, options["playlist"]),
        moment=context.named(options["context"].split(",")),
        learned=context.learned_by(person),
        leanings=take_choices.leanings_of(person),
        take=options["take"],
    )
    team = LocalTeam(strategy=options["strategy"] or settings.STRATEGY, read=read_picture_file)
    talk = Talk(start=start, work=team.work, person=person)
    turns = [talk.begin()] if pictures else []
    turns += [talk.say(text) for text in options["say"]]
    return as_json(talk, team, turns)


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
