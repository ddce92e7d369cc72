"""The business calendar of a system (10.2): declared, checked, confirmed; what protects, and since when."""
