"""The styles that demonstration music is composed in, by name."""

from __future__ import annotations

from demo_music.styles import acoustic, band, electronic, groove, screen
from demo_music.styles.base import Layer, Style

__all__ = ["STYLES", "Layer", "Style"]

STYLES: dict[str, Style] = electronic.STYLES | acoustic.STYLES | screen.STYLES | band.STYLES | groove.STYLES
