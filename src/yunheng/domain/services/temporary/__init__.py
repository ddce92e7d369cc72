"""Temporary services (12): verified by the bureau, opened line by line, ended by their period."""
