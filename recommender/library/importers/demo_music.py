"""The demonstration library in the catalogue: each piece composed, rendered, and then heard like anyone's file."""

from __future__ import annotations

from contextlib import closing
from functools import partial

from django.conf import settings
from django.utils import timezone

from core.errors import DylumoError, Unavailable
from demo_music.encode import path_of
from demo_music.recipes import Recipe, recipes
from demo_music.render_library import duration_of, library_folder
from recommender.library.analysis import store
from recommender.library.analysis.analyze_file import perform, stamp_of
from recommender.library.jobs.process_pool import each
from recommender.library.jobs.report import Outcome
from recommender.library.jobs.state import Progress
from recommender.models import Track, TrackLink


def build(progress: Progress, *, programme: tuple[Recipe, ...] | None = None, processes: int | None = None) -> Outcome:
    """Make what is missing of the library; a piece is in the catalogue as soon as it is heard.

    ``programme``: the whole library unless a shorter one is asked for. Pieces that left the programme are marked
    missing, not deleted: lists made with them stay whole. Raises ``Unavailable`` when the music folder cannot be
    written, ``Cancelled``.
    """
    whole, outcome = recipes() if programme is None else programme, Outcome()
    home = library_folder(settings.HOME / "music")
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unavailable(
            f"The demonstration music cannot be written to {home}.", hint="Check the disk's space and permissions."
        ) from error
    links = TrackLink.objects.filter(service=store.DEMO_SERVICE, owner=None).select_related("track")
    known = {link.external_id: link.track for link in links}
    missing = []
    for recipe in whole:
        outcome.read += 1
        track, path = known.get(recipe.slug), path_of(recipe, home)
        if track and track.missing_since is None and duration_of(path) and stamp_of(path) == track.file_stamp:
            outcome.unchanged += 1
        else:
            missing.append(recipe)
    done = len(whole) - len(missing)
    progress.step(done, len(whole))
    with closing(each(partial(perform, folder=home), missing, processes=processes)) as performed:
        for recipe, heard in performed:
            if isinstance(heard, DylumoError):
                outcome.skip(heard.code, recipe.title, heard.message)
            elif track := known.get(recipe.slug):
                store.put(heard, None, track=track, source=Track.Source.DEMO, external_id=recipe.slug)
                outcome.updated += 1
            else:
                store.put(heard, None, source=Track.Source.DEMO, external_id=recipe.slug)
                outcome.added += 1
            done += 1
            progress.step(done, len(whole), recipe.title)
    left = Track.objects.filter(links__in=links.exclude(external_id__in=[recipe.slug for recipe in whole]))
    outcome.missing = left.filter(missing_since=None).update(missing_since=timezone.now())
    return outcome
