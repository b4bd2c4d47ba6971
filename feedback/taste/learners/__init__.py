"""How a person's taste is learned: several learners behind one interface (``base``), so that they can be compared."""
