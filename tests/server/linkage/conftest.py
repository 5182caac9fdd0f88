"""The bureau of tests/server/decisions/world.py."""

from server.decisions.world import office

__all__ = ["office"]
