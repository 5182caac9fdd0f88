"""The bureau of tests/server/decisions/world.py."""

from server.decisions.world import office, proposed

__all__ = ["office", "proposed"]
