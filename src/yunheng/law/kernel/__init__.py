"""The grammar in which articles are written: citations, verdicts, machines, parameters, terms, periods, money."""
