"""Ways music comes in: folders, tables, histories, services, the demonstration library."""
