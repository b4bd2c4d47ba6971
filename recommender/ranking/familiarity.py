"""How familiar a track is to a person, as one more part of the ranking when they ask for the familiar or the new."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from core.text import artist_key
from recommender.ranking.features import Pool

WEIGHT = 0.6
"""Beside the other parts' weights (``scoring.WEIGHTS``), with the dial turned as far as it goes."""
HEARD, KNOWN_ARTIST, WELL_KNOWN = 1.0, 0.7, 0.5
"""How familiar is a track that was heard, one by an artist that was heard, and the best known of all others."""
FAMILIAR_FROM = 0.6


@dataclass(frozen=True, eq=False, kw_only=True)
class Familiarity:
    """``dial``: -1 familiar to 1 new. ``heard``: ids of tracks, ``artists``: their keys (``core.text.artist_key``)."""

    dial: float
    heard: Set[int] = frozenset()
    artists: Set[str] = frozenset()
    name: str = "familiarity"

    @property
    def weight(self) -> float:
        return round(WEIGHT * abs(self.dial), 4)

    def known(self, tracks: Pool) -> NDArray[np.float64]:
        """(n,) 0..1: how familiar each track is; the popularity of those not heard counts as far as it is known."""
        popular = WELL_KNOWN * np.nan_to_num(tracks.columns["familiarity"])
        by = np.array([KNOWN_ARTIST * (artist_key(facts.artist) in self.artists) for facts in tracks.facts])
        heard = np.array([HEARD * (int(one) in self.heard) for one in tracks.ids])
        return np.maximum(popular, np.maximum(by, heard)) if len(tracks) else popular

    def values(self, tracks: Pool) -> NDArray[np.float64]:
        known = self.known(tracks)
        return known if self.dial < 0 else 1.0 - known

    def because(self, tracks: Pool, row: int) -> str:
        if self.dial > 0:
            return _("New to you, as you asked for new songs")
        if int(tracks.ids[row]) in self.heard:
            return _("You know it, and asked for familiar songs")
        if artist_key(tracks.facts[row].artist) in self.artists:
            return _("You know its artist, and asked for familiar songs")
        return _("Known to many, since you asked for familiar songs")

    def familiar(self, tracks: Pool) -> NDArray[np.bool_]:
        """(n,): heard, or by an artist that was heard."""
        return np.asarray(self.known(tracks) >= FAMILIAR_FROM)
