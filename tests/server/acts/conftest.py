"""Fixtures of decisions' world, and somebody signed in."""

from server.decisions.test_pages import signed_in
from server.decisions.world import office, proposed

__all__ = ["office", "proposed", "signed_in"]
