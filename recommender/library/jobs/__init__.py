"""Long catalogue work as rows with a state machine."""
