"""THE data contract: every canonical table once. Files, the database, the bulk engine and the dictionary obey it."""

from zhulian.core.tables.contract import TABLES, table
from zhulian.core.tables.indicators import INDICATORS, Indicator
from zhulian.core.tables.model import Column, Kind, Publicity, Table

__all__ = ["INDICATORS", "TABLES", "Column", "Indicator", "Kind", "Publicity", "Table", "table"]
