"""A synthetic city: realistic, deterministic, with labelled shortfalls."""
