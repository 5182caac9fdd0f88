"""What decisions made here hold in the register, whatever a source says. Who decides tells it; the registry only asks.

Asked in the transaction of the rows, under the lock of the registry's writers: nobody ever reads a register in which a
delivery has undone a decision.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from typing import Final

Uphold = Callable[[str, Collection[int], str, dt.datetime], None]
"""Of a table, for enterprises whose rows a feed has changed at a moment: say again what a decision holds."""

_upholding: Final[list[Uphold]] = []


def upholds(function: Uphold) -> Uphold:
    """Declare who is asked. Must find nothing to say where the register agrees, since its own rows ask it again."""
    _upholding.append(function)
    return function


def uphold(table: str, enterprises: Collection[int], feed: str, at: dt.datetime) -> None:
    """Rows of a table about these enterprises were recorded."""
    for function in _upholding:
        function(table, enterprises, feed, at)
