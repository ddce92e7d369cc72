"""Chapter 4: security duties."""
