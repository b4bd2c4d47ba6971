"""The music there is to choose from: tracks, importers, analysis, matching, vectors."""
