"""The composer of Dylumo's own demonstration music, and the truth for tests of hearing.

``recipes()`` lists the pieces, ``render(recipe)`` composes and plays one, ``write(recipe, folder)`` keeps it as
a tagged audio file. Everything is made here from rules and a seed: no samples, no recordings.
"""

from __future__ import annotations

from demo_music.encode import write
from demo_music.recipes import Recipe, recipes
from demo_music.render import render

__all__ = ["Recipe", "recipes", "render", "write"]
