"""A synthetic city: realistic, deterministic, with labelled shortfalls."""

from zhulian.city.book import Book
from zhulian.city.parquet import (
    CONTRACT_LABELS_FILE,
    EVENTS_FILE,
    LABEL_FILES,
    LABELS_FILE,
    LINKAGE_LABELS_FILE,
    write,
)
from zhulian.city.plan import SIZES, CitySize, ContractLabel, Label, LinkageLabel
from zhulian.city.town import UNTIL, build, write_city

__all__ = [
    "CONTRACT_LABELS_FILE",
    "EVENTS_FILE",
    "LABELS_FILE",
    "LABEL_FILES",
    "LINKAGE_LABELS_FILE",
    "SIZES",
    "UNTIL",
    "Book",
    "CitySize",
    "ContractLabel",
    "Label",
    "LinkageLabel",
    "build",
    "write",
    "write_city",
]
