"""Agreements of unit and provider (7, 9, 12, 14): ``operations`` writes, ``acts`` says what each carries."""
