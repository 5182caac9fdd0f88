"""The database backend of Django's PostgreSQL, whose every statement says who asks (`common.rows`)."""
