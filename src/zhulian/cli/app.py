"""The `zhulian` command: each subcommand is a module of this package."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, help="筑联：让施工企业资质每天与事实相符。")


@app.callback()
def _root() -> None:
    pass


def main() -> None:
    """Entry point of the console script."""
    app()
