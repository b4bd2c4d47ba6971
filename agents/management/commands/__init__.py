"""align, export_research, read_words, recommend, seed."""
