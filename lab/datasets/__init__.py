"""Public data sets: what they look like on disk (``layouts``), which are known (``known``), and readers for studies."""
