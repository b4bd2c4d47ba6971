"""What people think of the music: reactions, tastes, experiments, studies, reviews."""
