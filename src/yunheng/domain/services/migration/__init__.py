"""Migrations (15.2): registered by the unit or the provider, charged as their cause says."""
