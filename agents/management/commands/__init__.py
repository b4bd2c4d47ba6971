"""align, export_research, mcp, people_study, rank, read_words, recommend, seed."""
