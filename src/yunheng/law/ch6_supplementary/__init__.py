"""Chapter 6: force in time and place."""
