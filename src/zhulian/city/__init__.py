"""A synthetic city: realistic, deterministic, with labelled shortfalls."""

from zhulian.city.book import Book
from zhulian.city.parquet import LABELS_FILE, write
from zhulian.city.plan import SIZES, CitySize, Label
from zhulian.city.town import UNTIL, build, write_city

__all__ = ["LABELS_FILE", "SIZES", "UNTIL", "Book", "CitySize", "Label", "build", "write", "write_city"]
