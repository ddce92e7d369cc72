"""What every procedure stands on: the one writer of state, calendars, documents, notices, the record."""
