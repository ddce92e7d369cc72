"""The rules of article 10 over a whole city or a trace: set-based measuring, back-test. Needs no settings, no database."""
