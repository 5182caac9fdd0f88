"""Fixtures of world.py, for these tests and those of the API."""

from server.assessments.world import as_role, now, register, verdicts

__all__ = ["as_role", "now", "register", "verdicts"]
