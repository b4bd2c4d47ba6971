"""What the owner may know of the models: files and versions on disk, what reads what, and the spaces of their vectors.

Only names and sizes are looked at; no model is loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count

from recommender.library import full_tier
from recommender.library.unknown_tracks import unknown
from recommender.library.vectors import store
from recommender.models import LibraryJob, VectorSpace
from recommender.perception.audio import clap
from recommender.perception.images import clip
from recommender.perception.weights import downloads, hub, loaders, manifest
from recommender.perception.weights.tiers import in_use


@dataclass(frozen=True)
class Space:
    """A vector space with how many vectors it holds and how it is searched: ``index``, ``building`` or ``exact``."""

    space: VectorSpace
    held: int
    search: str


def model_status() -> dict[str, Any]:
    """For the page: ``tiers`` in use by sense, the lite tier's ``files``, the ``full`` tier's names, where its picture
    model ``stands`` and what was ``fetched`` for it, ``spaces`` and the latest ``job`` that fetched models; the
    ``planner`` and how many tracks are ``unknown``, about which the latest job ``asked`` it."""
    return {
        "tiers": {"pictures": in_use("pictures"), "sound": in_use("sound"), "words": "basic"},
        "files": downloads.held(loaders.model_folder(), manifest.LITE),
        "full": {"pictures": _towers(), "sound": clap.source()},
        "stands": full_tier.standing(),
        "fetched": hub.fetched(),
        "spaces": list(spaces()),
        "job": _latest(LibraryJob.Kind.MODELS),
        "planner": settings.AGENT_MODEL,
        "unknown": unknown().count(),
        "asked": _latest(LibraryJob.Kind.ANNOTATE),
    }


def _latest(kind: LibraryJob.Kind) -> LibraryJob | None:
    return LibraryJob.objects.filter(kind=kind).order_by("-created").first()


def _towers() -> str:
    """What the settings name for pictures, said without open_clip's own list of models, which needs torch."""
    choice = clip.choice()
    return choice.named_repository or f"{choice.model} {choice.weights}".strip()


def spaces() -> Iterator[Space]:
    """All spaces, those in use first."""
    for space in VectorSpace.objects.annotate(held=Count("vectors")).order_by("-active", "name"):
        yield Space(space, space.held, _search(space))


def _search(space: VectorSpace) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indisvalid FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid WHERE c.relname = %s",
            [store.index_name(space)],
        )
        row = cursor.fetchone()
    return "exact" if row is None else "index" if row[0] else "building"
