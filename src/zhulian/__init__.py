"""Zhulian 筑联: keeps a construction enterprise's qualification true to the facts."""

__version__ = "0.1.0"
