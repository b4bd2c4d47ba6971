"""What a picture shows and how it feels."""
