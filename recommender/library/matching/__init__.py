"""Finding the library's track for a name or for a service's track."""
