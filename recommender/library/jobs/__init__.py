"""Long work on the library as rows with a state machine."""
