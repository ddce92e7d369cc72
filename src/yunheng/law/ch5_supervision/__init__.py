"""Chapter 5: supervision, findings, rectification."""
