"""The formats that are known, one module each."""

from typing import Final

from zhulian.intake.formats import jzsc_persons, jzsc_project_chain, jzsc_qualifications, jzsc_uscc, sichuan_power_2015
from zhulian.intake.formats.adapter import Export
from zhulian.intake.formats.sichuan_2015 import DATA_SETS

EXPORTS: Final[tuple[Export, ...]] = (
    jzsc_uscc.ADAPTER,
    sichuan_power_2015.ADAPTER,
    jzsc_qualifications.ADAPTER,
    jzsc_persons.ADAPTER,
    jzsc_project_chain.ADAPTER,
    *DATA_SETS,
)
"""Tables with a fixed header, those with surer identities first: the order in which a folder is read."""

EXPORT: Final = {e.name: e for e in EXPORTS}
