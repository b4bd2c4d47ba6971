"""Reading pictures, sounds and words. No training code."""

from pathlib import Path

TRAINED = Path(__file__).parent / "trained"
"""The coefficients that ``train`` writes, each with its model card."""
