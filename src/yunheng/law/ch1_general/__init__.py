"""Chapter 1: purpose, services, scope, parties, principles."""
