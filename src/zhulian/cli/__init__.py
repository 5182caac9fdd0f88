"""The `zhulian` command."""

from zhulian.cli.app import main

__all__ = ["main"]
