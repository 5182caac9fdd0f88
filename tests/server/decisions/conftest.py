"""Fixtures of world.py."""

from server.decisions.world import office, proposed

__all__ = ["office", "proposed"]
