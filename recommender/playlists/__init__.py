"""Lists: versions, titles, export files, publishing to a service."""
