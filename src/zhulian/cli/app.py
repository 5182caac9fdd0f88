"""The `zhulian` command: each subcommand is a module of this package, imported at the end of this one."""

from __future__ import annotations

import typer

from zhulian.cli.chinese import ChineseGroup

app = typer.Typer(
    cls=ChineseGroup,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="筑联：让施工企业资质每天与事实相符。",
    epilog="例：zhulian city town --seed 1，然后 zhulian check town --as-of 2025-12-31",
)


@app.callback()
def _root() -> None:
    from zhulian.bulk import plans

    plans.keep_in(plans.home_of_environment())


def main() -> None:
    """Entry point of the console script."""
    app()


# Each module adds its command to `app`. Heavy parts (DuckDB, Django) are imported when a command runs.
from zhulian.cli import (  # noqa: E402, F401
    administrator,
    check,
    city,
    contracts,
    explain,
    import_,
    keys,
    ledger,
    rows,
    rules,
    serve,
    simulate,
    snapshot,
    template,
)
