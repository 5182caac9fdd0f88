"""Many enterprises at once: canonical tables on DuckDB or SQLite, without a server."""
