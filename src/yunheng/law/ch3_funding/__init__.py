"""Chapter 3: who pays, what is bought, what it costs, how it is settled."""
