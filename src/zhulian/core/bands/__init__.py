"""Figures → band: grades of accidents, terms of suspension, numbers of safety officers, scale of works.

Read bytes with `BandLibrary.load(files)`; ask with `place(table, figures)`, `look_up(table, word)`, `suspend(…)`.
"""

from zhulian.core.bands.loader import BandLibrary, load_bands
from zhulian.core.bands.model import Band, BandBook, BandVersion, Give, Measure, Placed, Table, Threshold
from zhulian.core.bands.placing import Suspension, look_up, place, required, suspend

__all__ = [
    "Band",
    "BandBook",
    "BandLibrary",
    "BandVersion",
    "Give",
    "Measure",
    "Placed",
    "Suspension",
    "Table",
    "Threshold",
    "load_bands",
    "look_up",
    "place",
    "required",
    "suspend",
]
