"""The tools: each calls the verb that the command of its name calls, as the person who asks. Nothing is stored.

What they answer goes into a language model's prompt, so tracks that only services told of whose terms forbid that stay
out of lists and searches.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any

from django.conf import settings
from django.db import connections
from django.http import QueryDict
from pydantic import Field

from accounts.models import User
from accounts.throttling import mind_rate
from agents.board import Order
from agents.conversations import run_turn, scopes
from agents.conversations.in_memory import LocalTeam, Said, Talk
from agents.conversations.talk_json import as_json
from agents.conversations.turns import LONGEST_TEXT
from agents.language.brief import brief_of
from agents.mcp import files, values
from agents.mcp.open_lists import OpenList, OpenLists
from core.errors import TooMany
from feedback.taste import context, take_choices
from recommender import mapping
from recommender.library.importers.audio_tags import Tags
from recommender.library.importers.editor_songs import known_of
from recommender.management.commands.read_picture import as_line
from recommender.models import Track
from recommender.ranking import alignment
from recommender.ranking.own_table import pool_of, rank_table
from recommender.search import views as searching

PATIENCE = 60.0
"""Seconds that one may wait for the models, which serve one at a time."""


@dataclass(frozen=True)
class Caller:
    """Who asks. ``local``: they run this server themselves, on their own computer: it may open their files, and nobody
    counts how often they ask."""

    person: User | None = None
    local: bool = False


@dataclass
class Tools:
    caller: Callable[[], Caller]
    lists: OpenLists = field(default_factory=OpenLists)
    _models: threading.Lock = field(default_factory=threading.Lock)

    def warm_up(self) -> None:
        """Load the models, so that nobody waits for them."""
        with self._models:
            run_turn.warm_up()

    def read_picture(self, picture: values.Picture) -> values.PictureRead:
        """Look at a photo: what it shows, its mood on the plane of valence and arousal, its colours."""
        with self._asked("ask") as caller:
            started = time.perf_counter()
            reading = files.see(picture, paths=caller.local)
            line = as_line(picture.path, reading, (time.perf_counter() - started) * 1000)
            return values.PictureRead.model_validate(line)

    def recommend(
        self,
        *,
        pictures: values.Pictures = [],  # noqa: B006 - never changed; the SDK makes the schema from it
        wish: values.Wish = "",
        count: values.Count | None = None,
        together: values.Together = "average",
        take: Annotated[int, Field(ge=1, le=9, description="Which of the takes to hear it as, from 1.")] = 1,
        occasions: Annotated[
            list[str], Field(max_length=6, description="What it is for, such as evening, work, party, friends.")
        ] = [],  # noqa: B006
        playlist: Annotated[
            str | None, Field(description="Choose only among the songs of this list of the person's, by its id.")
        ] = None,
    ) -> values.MadeList:
        """Make a list of real songs that suit photos, words, or both, each with a reason.

        Give at least one photo or a wish. The answer's list_id lets you change the list with refine.
        """
        with self._asked("ask") as caller:
            if not pictures and not wish.strip():
                raise mapping.NothingToGoBy
            order = Order(
                person_id=caller.person.pk if caller.person else None,
                cached=tuple(files.see(one, paths=caller.local) for one in pictures),
                together=together,
                count=count,
                scope=scopes.tracks_of(caller.person, playlist),
                moment=context.named(occasions),
                learned=context.learned_by(caller.person),
                leanings=take_choices.leanings_of(caller.person),
                drop=_untold(caller.person),
                take=take,
            )
            team = LocalTeam(strategy=settings.STRATEGY)
            talk = Talk(start=order, work=team.work, person=caller.person)
            said = talk.say(wish) if wish.strip() else talk.begin()
            list_id = self.lists.keep(caller.person, OpenList(talk, team))
            return _told(list_id, talk, team, said)

    def refine(
        self,
        list_id: Annotated[str, Field(max_length=40, description="From recommend.")],
        say: Annotated[
            str,
            Field(
                min_length=1,
                max_length=LONGEST_TEXT,
                description='What should change, in the person\'s own words: "calmer", "without vocals", "keep the '
                'first three", "why the second?", "undo".',
            ),
        ],
    ) -> values.MadeList:
        """Change a list by a sentence, or ask about it. What cannot be met leaves the list as it was and is told."""
        with self._asked("ask") as caller:
            found = self.lists.of(caller.person, list_id)
            return _told(list_id, found.talk, found.team, found.talk.say(say))

    def align(
        self,
        picture: values.Picture,
        sound: values.Sound | None = None,
        title: values.SongTitle = "",
        artist: values.SongArtist = "",
    ) -> values.Fit:
        """Say how well a photo and a song fit, with reasons. Give a sound file, which is listened to, the song's title
        and artist, or both."""
        with self._asked("ask") as caller:
            seen = files.see(picture, paths=caller.local)
            heard, tags = files.hear(sound, paths=caller.local) if sound else (None, Tags(title=title, artist=artist))
            known = known_of(title or tags.title, artist or tags.artist, tags.genre)
            fit = alignment.align(seen, heard, known)
            return values.Fit(
                score=fit.score,
                parts=[values.Part(name=one.name, value=one.value, weight=one.weight) for one in fit.parts],
                reasons=list(fit.reasons),
            )

    def rank(
        self, songs: values.Songs, picture: values.Picture | None = None, wish: values.Wish = ""
    ) -> values.Ranking:
        """Order a given set of songs by how well they suit a photo or words. Give a picture, a wish, or both."""
        with self._asked("ask") as caller:
            reading = files.see(picture, paths=caller.local) if picture else None
            brief = brief_of(reading, [wish] if wish.strip() else [])
            rows = [{name: str(value) for name, value in song.model_dump(exclude_none=True).items()} for song in songs]
            ranked = rank_table(brief, pool_of(rows))
            return values.Ranking(songs=[values.RankedSong.model_validate(row.as_json()) for row in ranked])

    def search(
        self,
        words: Annotated[
            str,
            Field(
                min_length=1, max_length=searching.LONGEST_WORDS, description="A title, an artist, both, or an ISRC."
            ),
        ],
        year_min: Annotated[int | None, Field(ge=1860, le=2100)] = None,
        year_max: Annotated[int | None, Field(ge=1860, le=2100)] = None,
    ) -> values.Found:
        """Look for songs by name: in this library, the person's own servers, and open catalogues.

        Services whose terms forbid giving their data to a language model are not asked.
        """
        with self._asked("read") as caller:
            asked = QueryDict(mutable=True)
            years = {"year_min": year_min, "year_max": year_max}
            asked.update({"q": words} | {name: str(year) for name, year in years.items() if year is not None})
            _, found = searching.begin(caller.person, asked)
            found.for_a_model = True
            found.finish()
            return values.Found.model_validate(searching.as_json(found))

    @contextmanager
    def _asked(self, scope: str) -> Iterator[Caller]:
        """Who asks, counted; with the models for them alone where the scope says that it costs. Raises TooMany."""
        try:
            caller = self.caller()
            if caller.person and not caller.local:
                mind_rate(caller.person, scope)
            if scope != "ask":
                yield caller
                return
            if not self._models.acquire(timeout=PATIENCE):
                raise TooMany
            try:
                yield caller
            finally:
                self._models.release()
        finally:
            connections.close_all()  # the SDK runs each call in a thread of its pool


def _untold(person: User | None) -> tuple[int, ...]:
    """A person's tracks that only a service told of whose words no model may see."""
    own = Track.objects.filter(owner=person, source=Track.Source.SERVICE) if person else Track.objects.none()
    return tuple(own.values_list("pk", flat=True))


def _told(list_id: str, talk: Talk, team: LocalTeam, said: Said) -> values.MadeList:
    line: dict[str, Any] = as_json(talk, team, [said])
    return values.MadeList(
        list_id=list_id,
        reply=said.reply,
        seen=team.reading.phrase if team.reading else "",
        takes=[values.Take.model_validate(take) for take in line["takes"]],
        tracks=[values.Track.model_validate(track) for track in line["tracks"]],
        came=[f"{track.title} - {track.artist}" for track in said.came],
        left=[f"{track.title} - {track.artist}" for track in said.left],
        unmet=[unmet["message"] for unmet in line["unmet"]],
    )
