"""The provincial data standard of 2015 (Sichuan): a module per data set, by the standard's own field names."""

from typing import Final

from zhulian.intake.formats.adapter import Export
from zhulian.intake.formats.sichuan_2015 import (
    award,
    certificate,
    completion,
    employer,
    ongoing,
    party,
    permit,
    person,
    projects,
    tender,
    works,
)

DATA_SETS: Final[tuple[Export, ...]] = (
    projects.ADAPTER,
    person.ADAPTER,
    certificate.ADAPTER,
    tender.ADAPTER,
    award.ADAPTER,
    permit.ADAPTER,
    completion.ADAPTER,
    party.ADAPTER,
    employer.ADAPTER,
    works.ADAPTER,
    ongoing.ADAPTER,
)
"""Those with surer identities first: the order in which a folder is read."""
