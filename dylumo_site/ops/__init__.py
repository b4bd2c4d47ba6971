"""Running the site: the supervisor of all processes, and the embedded services."""
