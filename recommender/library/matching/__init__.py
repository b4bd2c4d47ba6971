"""Which catalogue track a name or a service track is."""
