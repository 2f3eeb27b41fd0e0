"""Make the committed sample again: ``python reports/make_sample.py``, from the shipped study."""

from __future__ import annotations

import io
import os
from pathlib import Path

import exposure as ex
from exposure.files import data_path, write_together
from exposure.output.folder import FORMATS, render
from exposure.output.pdf import draw_summary

FOLDER = Path(__file__).resolve().parent / "sample"
_PPI, _GAP = 100, 12


def main() -> None:
    """Run the demo study with parameter uncertainty and write every format in both languages."""
    study = ex.load_study(data_path("studies", "clinic.toml"))
    result = ex.run(study, band=True, workers=os.cpu_count() or 1).record
    files = render(result, FORMATS, ("ja", "en"))
    del files["result.json"]  # as large as the reports together; exposure demo writes it anew
    for lang in ("ja", "en"):
        files[f"summary_{lang}.png"] = side_by_side(draw_summary(result, lang, ppi=_PPI))
    write_together(FOLDER, files)


def side_by_side(pages: list[bytes]) -> bytes:
    """Return pictures of pages as one, on a grey ground."""
    from PIL import Image

    drawn = [Image.open(io.BytesIO(page)).convert("RGB") for page in pages]
    width = sum(page.width + _GAP for page in drawn) + _GAP
    whole = Image.new("RGB", (width, max(page.height for page in drawn) + 2 * _GAP), "#d0d0d0")
    left = _GAP
    for page in drawn:
        whole.paste(page, (left, _GAP))
        left += page.width + _GAP
    # 256 colours: the pages are words and flat areas, but each plan has to keep its own.
    made = io.BytesIO()
    whole.quantize(256).save(made, "PNG", optimize=True)
    return made.getvalue()


if __name__ == "__main__":
    main()
