"""Statistics that more than one package needs: intervals, tests, agreement."""
