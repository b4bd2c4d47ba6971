"""The agents, the conversations they serve, and the ways in: pages, sockets and the API."""
