"""Ways music comes in: folders, tables, listening histories, services, the demonstration library."""
