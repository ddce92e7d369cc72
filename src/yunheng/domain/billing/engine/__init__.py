"""Charging at any size: a settlement package in, the lines of Article 15 out, without settings or a database.

package   a folder or .zip of CSV or parquet files (layout) is opened, its digests can be checked
reading   every file becomes a typed table; what is malformed is named with file and row (checks.sql)
program   program.sql, one text for both carriers: duckdb in the process, spark on a cluster
reference the pure module of the law on the same package: the meaning that the program must have
lines     the lines written down, totals, and the comparison with lines that somebody else wrote
"""
