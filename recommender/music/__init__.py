"""What a music editor knows: styles, songs, artists and occasions, as plain CSV files and their loaders.

All of it is this project's own judgement (CC0; how it was made and measured: docs/music-knowledge.md). Nothing here
reads the database; ``recommender.library.importers.editor_songs`` brings the songs into the catalogue.
"""
