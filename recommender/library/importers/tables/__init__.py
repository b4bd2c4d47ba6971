"""Tables of tracks in CSV form."""
