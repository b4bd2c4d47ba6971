"""One space for pictures and music, learned from people's ratings, from reactions or from a table of pairs."""
