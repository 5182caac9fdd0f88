"""The face of undertakings: what other apps and pages may change, each in one transaction with its leaf."""

from __future__ import annotations

from zhulian.server.acts.undertaking import (
    Order,
    undertaking_answer,
    undertaking_assign,
    undertaking_move,
    undertaking_open,
)

__all__ = ["Order", "undertaking_answer", "undertaking_assign", "undertaking_move", "undertaking_open"]
