"""Composition: settings, addresses, sockets, the queue, health, the admin's first page."""
