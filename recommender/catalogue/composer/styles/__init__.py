"""Every style by name."""

from __future__ import annotations

from recommender.catalogue.composer.styles import acoustic, band, electronic
from recommender.catalogue.composer.styles.base import Style

STYLES: dict[str, Style] = electronic.STYLES | acoustic.STYLES | band.STYLES
