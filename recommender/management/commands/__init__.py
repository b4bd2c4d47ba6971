"""Import, scan, read and model commands."""
