"""What experiments found: outcomes, comparisons of arms, off-policy estimates, and their admin."""
