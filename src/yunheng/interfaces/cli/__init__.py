"""The command `yunheng`."""
