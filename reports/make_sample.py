"""Make the committed sample again: ``python reports/make_sample.py``, from the shipped study."""

from __future__ import annotations

import os
from pathlib import Path

import exposure as ex
from exposure.files import data_path, write_together
from exposure.output.folder import FORMATS, rendered

FOLDER = Path(__file__).resolve().parent / "sample"


def main() -> None:
    """Run the demo study with parameter uncertainty and write every format in both languages."""
    study = ex.load_study(data_path("studies", "clinic.toml"))
    result = ex.run(study, band=True, workers=os.cpu_count() or 1).document
    files = rendered(result, FORMATS, ("ja", "en"))
    del files["result.json"]  # as large as the reports together; exposure demo writes it anew
    chart = ex.charts.limit_adequacy_chart(result, "court")
    files["limit_adequacy.png"] = ex.charts.to_png(chart)
    write_together(FOLDER, files)


if __name__ == "__main__":
    main()
