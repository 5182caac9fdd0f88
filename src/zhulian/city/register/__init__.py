"""A register of a province's or the nation's size: registry tables only, streamed to canonical Parquet.

Every value is a function of the seed and of a running number (of an enterprise, of a person), computed for whole
columns at once: the size of a batch changes nothing but the memory that it takes.
"""

from zhulian.city.register.build import write_register
from zhulian.city.register.shape import NATION, PROVINCE, REGISTERS, RegisterSize

__all__ = ["NATION", "PROVINCE", "REGISTERS", "RegisterSize", "write_register"]
