"""Feeds as they really come: wrong in every way that was met in real files, each wrong with a label.

`write_dirty(city, out)` writes supplements to a finished city: sheets in the encodings of offices, spoiled by Excel,
cut off, with twins of what is known, and corrections that come late. Labels say of every record what intake must do.
"""

from zhulian.city.dirty.feeds import write_dirty
from zhulian.city.dirty.sheets import DUPLICATES_FILE, LABELS_FILE

__all__ = ["DUPLICATES_FILE", "LABELS_FILE", "write_dirty"]
