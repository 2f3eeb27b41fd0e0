"""Where figures come from: the documents and tables behind every number (出所).

Reads ``data/sources.toml``. Which number cites which source is left to the assumptions and plans.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from exposure.errors import DataError
from exposure.files import data_path, read_toml, shown_path
from exposure.records import problems_from

JUDGEMENT = "judgement"


class Source(BaseModel):
    """One document or table (出所).

    Parameters
    ----------
    title, publisher : str
        As printed.
    title_en, publisher_en : str
        In English, where they are printed in Japanese; ours, for a reader of English.
    year : int or None
        Year of publication, where it is known.
    url : str
        Address; may be cut to the site path.
    kind : str
        ``policy`` (an insurer's brochure), ``law``, ``table`` (of ``data/reference``), ``primary``
        (read in the issuing body's own text) or ``secondary`` (read in a text that reports it).
    file : str
        Path of a table inside ``data/``.
    listed_as : str
        Title under which the reference tables cite it, if another.
    tables : tuple of str
        Reference tables that cite it.
    note : str
        Anything else.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    publisher: str
    title_en: str = ""
    publisher_en: str = ""
    year: int | None = None
    url: str = ""
    kind: Literal["policy", "law", "table", "primary", "secondary"]
    file: str = ""
    listed_as: str = ""
    tables: tuple[str, ...] = ()
    note: str = ""

    def cited(self) -> str:
        """Return the source as a report cites it.

        Examples
        --------
        >>> load_sources()["aiu_2015_10"].cited()
        'AIU損害保険「個人情報漏洩保険パンフレット 2015年10月版（2016年1月以降補償開始用）」2015年'
        """
        year = f"{self.year}年" if self.year else ""
        return f"{self.publisher}「{self.title}」{year}"


@functools.cache
def load_sources() -> Mapping[str, Source]:
    """Return every source by its key.

    Raises
    ------
    DataError
        If the file is broken.

    Examples
    --------
    >>> load_sources()["nipponkoa_2006_02"].publisher
    '日本興亜損害保険'
    """
    path = data_path("sources.toml")
    try:
        sources = TypeAdapter(dict[str, Source]).validate_python(read_toml(path))
    except ValidationError as error:
        raise DataError(problems_from(error, shown_path(path), known=Source)) from None
    return MappingProxyType(sources)
