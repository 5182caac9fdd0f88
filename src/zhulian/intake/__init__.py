"""Outside formats → canonical rows and rejects.

detect(path) -> Format                       by content
sources(path) -> the files of a folder or zip, subjects first
read(path, format=None, *, skip=0) -> rows and rejects, streaming
load(paths, register, sink) -> Report        with identities resolved in memory
rejects_csv(rejects), rejects_workbook(pages, target) -> the same sheet with reasons; corrected, it is read like the first
template(target, tables) -> the Excel workbook to fill in
"""

from zhulian.intake.loading import Report, load
from zhulian.intake.model import FORMAT_NAMES, Format, Position, Problem, Raw, Reject, Row, Value
from zhulian.intake.reading import Source, Sources, detect, read, sources
from zhulian.intake.register import Register
from zhulian.intake.rejectbook import Page, rejects_workbook
from zhulian.intake.rejects import rejects_csv
from zhulian.intake.template import template

__all__ = [
    "FORMAT_NAMES",
    "Format",
    "Page",
    "Position",
    "Problem",
    "Raw",
    "Register",
    "Reject",
    "Report",
    "Row",
    "Source",
    "Sources",
    "Value",
    "detect",
    "load",
    "read",
    "rejects_csv",
    "rejects_workbook",
    "sources",
    "template",
]
