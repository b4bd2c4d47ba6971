"""Writing what was heard into a person's own sound files, with the originals safe."""
