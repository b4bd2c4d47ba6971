"""What experiments found: outcomes a person, comparisons of arms, off-policy estimates, and their admin."""
