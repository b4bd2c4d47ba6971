"""``people_study make PHOTO...``, ``people_study report NUMBER``: a study in which people compare Dylumo's lists for
photos with others, blindly, side by side; and what they found."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.urls import reverse

from accounts.models import User
from agents.management.picture_file import read_picture_file
from core.errors import BadInput, DylumoError
from core.schemas import dump
from feedback.models import PeopleStudy
from feedback.user_studies import analysis, study, ways
from feedback.user_studies.ways import Songs
from recommender.library.photos import store_picture
from recommender.management.progress import owner_of
from recommender.models import Picture
from recommender.ranking.baselines import BASELINES

TITLE = "Photos and songs"
QUESTION = "Do people prefer Dylumo's lists to {rivals}?"


class Command(BaseCommand):
    help = "Lets people compare Dylumo's lists for photos with others, without being told which is which."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        make = actions.add_parser("make", help="make the lists for photos, and links for people")
        make.add_argument("photos", nargs="+", metavar="PHOTO")
        make.add_argument("--user", required=True, metavar="EMAIL", help="whose study it is")
        make.add_argument(
            "--against",
            action="append",
            metavar="NAME",
            help=f"what Dylumo's lists are compared with: {', '.join(BASELINES)}, or a list of --lists; may be given "
            "repeatedly (all of them)",
        )
        make.add_argument(
            "--lists",
            type=Path,
            metavar="FILE",
            help='lists that somebody wrote: {"file": "beach.jpg", "tracks": [["Title", "Artist"], ...], "list": '
            '"editor"} a line',
        )
        make.add_argument("--songs", type=int, default=6, metavar="N", help="songs in each list, 3 to 12 (6)")
        make.add_argument("--people", type=int, default=10, metavar="N", help="how many links to make (10)")
        make.add_argument("--title", default=TITLE, help="what those who take part read")
        make.add_argument("--json", action="store_true", help="print one JSON object")
        report = actions.add_parser("report", help="what was found, with intervals")
        report.add_argument("study", type=int, metavar="NUMBER")
        report.add_argument(
            "--out",
            type=Path,
            metavar="FILE",
            help="also write it there: people/lists.json of the data folder for evaluate lists",
        )
        report.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_: Any, action: str, **options: Any) -> None:
        try:
            told = self._made(options) if action == "make" else self._report(options)
        except DylumoError as error:
            raise CommandError(f"{error.message} {error.hint}") from error
        words = _made_in_words if action == "make" else _found_in_words
        self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else "\n".join(words(told)))
        if told.get("failed"):
            raise SystemExit(1)

    def _made(self, options: Mapping[str, Any]) -> dict[str, Any]:
        owner = owner_of(options["user"])
        if owner is None:
            raise BadInput("A study needs somebody whose it is.", hint="Name an account with --user.")
        if not 3 <= options["songs"] <= 12:
            raise BadInput("A list has 3 to 12 songs.", hint="Give --songs within that range.")
        written = _written(options["lists"])
        rivals = options["against"] or [*BASELINES, *written]
        if unknown := [name for name in rivals if name not in BASELINES and name not in written]:
            known = ", ".join([*BASELINES, *written])
            raise BadInput(f"There are no lists called {unknown[0]}.", hint=f"Use: {known}; or give them by --lists.")
        failed: list[dict[str, Any]] = []
        photos = list(_stored(owner, options["photos"], failed))
        made = PeopleStudy(
            owner=owner,
            title=options["title"],
            question=QUESTION.format(rivals=", ".join(rivals)),
            settings_b=[{"list": name} for name in dict.fromkeys(rivals)],
            length=options["songs"],
        )
        made.save()
        try:
            study.open_study(made, photos, written)
            people = study.invite(made, options["people"])
        except DylumoError:
            made.delete()
            raise
        return {
            "study": made.pk,
            "photos": len(photos),
            "against": rivals,
            "links": [reverse("taking_part", args=[one.token]) for one in people],
            "page": reverse("admin:people_study", args=[made.pk]),
            "failed": failed,
        }

    def _report(self, options: Mapping[str, Any]) -> dict[str, Any]:
        found = PeopleStudy.objects.filter(pk=options["study"]).first()
        if found is None:
            raise BadInput(f"There is no study {options['study']}.", hint="Its page in the admin has the number.")
        told = analysis.as_json(found)
        if options["out"]:
            options["out"].parent.mkdir(parents=True, exist_ok=True)
            options["out"].write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
        return told


def _written(file: Path | None) -> dict[str, dict[str, Songs]]:
    if file is None:
        return {}
    try:
        return ways.written_lists(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput("The file with lists could not be read.", hint="Check its path; it is UTF-8 text.") from error


def _stored(owner: User, files: Sequence[str], failed: list[dict[str, Any]]) -> Iterator[Picture]:
    """The photos as the owner's own, read; what cannot be read is told in ``failed``."""
    for file in dict.fromkeys(files):
        try:
            photo = store_picture(owner, _content(Path(file)), Path(file).name)
            photo.reading = photo.reading or dump(read_picture_file(Path(file)))
        except DylumoError as error:
            failed.append({"file": file, "error": error.as_json()})
            continue
        photo.name = Path(file).name[:200]
        photo.save(update_fields=["name", "reading"])
        yield photo


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise BadInput("The photo could not be opened.", hint="Check the path and that you may read it.") from error


def _made_in_words(told: Mapping[str, Any]) -> Iterator[str]:
    for one in told["failed"]:
        yield f"{one['file']}: {one['error']['message']} {one['error']['hint']}"
    yield f"Study {told['study']}: {told['photos']} photos, Dylumo's lists against {', '.join(told['against'])}."
    yield f"Its page: the address of your site, followed by {told['page']}"
    yield "A link for each person, each for one:"
    yield from told["links"]


def _found_in_words(told: Mapping[str, Any]) -> Iterator[str]:
    people = told["people"]
    yield f"{told['title']}: {people['begun']} of {people['invited']} people began, {people['finished']} finished."
    for name, one in told["rivals"].items():
        share = "nothing decided yet"
        if one["share"]:
            low, high = one["share"]["low"], one["share"]["high"]
            share = f"{one['share']['value']:.2f} of the decided ({low:.2f} to {high:.2f})"
        yield f"  against {name}: won {one['won']}, tied {one['tied']}, lost {one['lost']}: {share}"
