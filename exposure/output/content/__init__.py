"""What a report says, in one form that every format prints: sections of words, tables and charts.

Page, PDF and workbook are made from the same `Report`, so that their figures cannot differ.
"""

from exposure.output.content.blocks import (
    Block,
    Box,
    Bullets,
    Cell,
    Charts,
    Column,
    Head,
    Heading,
    Item,
    Items,
    Listing,
    Prose,
    Report,
    Row,
    Section,
    Side,
    Table,
    Tile,
    Tiles,
    heads,
)

__all__ = [
    "Block",
    "Box",
    "Bullets",
    "Cell",
    "Charts",
    "Column",
    "Head",
    "Heading",
    "Item",
    "Items",
    "Listing",
    "Prose",
    "Report",
    "Row",
    "Section",
    "Side",
    "Table",
    "Tile",
    "Tiles",
    "heads",
]
