"""Links to music services and own servers: OAuth, sealed credentials, disconnecting."""
