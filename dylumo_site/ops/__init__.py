"""Running the site: the supervisor and the embedded services."""
