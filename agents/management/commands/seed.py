"""A filled site to develop against: somebody with an account, lists for photos and words, reactions and ratings.

Everything is made by the verbs that the pages use, so that it looks as if somebody had used the site.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from accounts.roles import give_role
from agents.conversations import sharing, turns
from agents.conversations.run_turn import run_turn
from agents.models import Turn
from core.home import within
from feedback.models import Reaction
from feedback.taste import impressions, ratings, reactions
from recommender.library import photos
from recommender.models import Picture

EMAIL, PASSWORD = "dev@example.org", "correct horse battery"
PATIENCE_SECONDS = 120
LISTS: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("sunset-sea",), "average", ("a bit calmer",)),
    (("party-lights",), "average", ("no vocals", "make it 8 songs")),
    (("forest-morning", "rainy-city"), "journey", ()),
    ((), "average", ("a quiet evening at the lake", "a bit brighter")),
)
"""Each: sample photos, how several become one list, and what is said; without a photo the first words begin."""
SAID = (Reaction.Kind.LIKE, Reaction.Kind.LIKE, Reaction.Kind.NOT_NOW)


class Command(BaseCommand):
    help = f"Fills the site for development: {EMAIL} (password: {PASSWORD}) with lists, reactions and ratings."

    def handle(self, *_: Any, **__: Any) -> None:
        person = User.objects.filter(email=EMAIL).first()
        if person and person.conversations.exists():
            self.stdout.write(f"The site is filled already: sign in as {EMAIL}, password: {PASSWORD}")
            return
        if person is None:
            person = User.objects.create_user(EMAIL, PASSWORD)
            give_role(person, "owner")
        for samples, together, words in LISTS:
            self._make_list(person, samples, together, words)
        self.stdout.write(f"Sign in as {EMAIL}, password: {PASSWORD}")

    def _make_list(self, person: User, samples: tuple[str, ...], together: str, words: tuple[str, ...]) -> None:
        pictures = [_photo(person, name) for name in samples]
        first, later = ("", words) if pictures else (words[0], words[1:])
        turn = _done(turns.start(person, pictures=pictures, together=together, text=first))
        for text in later:
            turn = _done(turns.start(person, text=text, conversation=turn.conversation))
        playlist = turn.playlist
        if playlist is None:
            raise CommandError(f"No list came: {turn.answer}")
        impressions.first_shown(playlist)
        tracks = list(playlist.items.order_by("position").values_list("track_id", flat=True))
        for kind, track in zip(SAID, tracks, strict=False):
            reactions.record(person, track, kind, playlist_id=playlist.pk)
        for track in tracks[3:6]:
            reactions.record(
                person, track, "played", playlist_id=playlist.pk, seconds=180, share=1, event_key=f"seed:{track}"
            )
        ratings.rate(person, playlist.pk, 4)
        if samples:
            sharing.share(turn.conversation)
        self.stdout.write(f"{turn.conversation.title or ', '.join(samples)}: {len(tracks)} tracks")


def _photo(person: User, name: str) -> Picture:
    file = settings.BASE_DIR / "templates" / "static" / "samples" / f"{name}.webp"
    return photos.store_picture(person, file.read_bytes(), file.name)


def _done(turn: Turn) -> Turn:
    """The turn at its end: worked on here, unless a worker of the running site has it already."""
    if claimed := turns.claim(str(turn.pk)):
        run_turn(claimed)

    def ended() -> bool:
        turn.refresh_from_db()
        return turn.state not in (Turn.State.QUEUED, Turn.State.RUNNING)

    if not within(PATIENCE_SECONDS, ended) or turn.state != Turn.State.DONE:
        raise CommandError(f"A list was not made ({turn.state}). The log of the workers says why.")
    turn.conversation.refresh_from_db()
    return turn
