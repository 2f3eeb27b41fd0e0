"""What a report says, in one form that every format prints: sections of words, tables and charts.

Page, PDF and workbook are made from the same `Report`, so that their figures cannot differ.
"""

from exposure.output.content.blocks import (
    Block,
    Bullets,
    Cell,
    Charts,
    Column,
    Head,
    Heading,
    Prose,
    Report,
    Row,
    Section,
    Table,
    heads,
)
from exposure.output.content.report import report_of

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Charts",
    "Column",
    "Head",
    "Heading",
    "Prose",
    "Report",
    "Row",
    "Section",
    "Table",
    "heads",
    "report_of",
]
