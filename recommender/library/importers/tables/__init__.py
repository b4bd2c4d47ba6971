"""Tables of tracks in CSV form: columns, rows, staging, import."""
