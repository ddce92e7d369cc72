"""The fields of the regulation, each an app: models, operations (writes), queries (reads)."""
