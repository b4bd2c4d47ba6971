"""Conversations: turns and their events, the pages and sockets that show them, versions of a list."""
