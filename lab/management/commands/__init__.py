"""evaluate, train, bench."""
