"""Fixtures of world.py, and those of decisions that lead there."""

from server.campaigns.campaign_world import town
from server.campaigns.world import checked, home, ordered, signed_in
from server.decisions.world import office, proposed

__all__ = ["checked", "home", "office", "ordered", "proposed", "signed_in", "town"]
