"""Succession (R-023): the one act by which services go on under another unit, system or contract."""
