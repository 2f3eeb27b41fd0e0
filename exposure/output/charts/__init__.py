"""Charts of a finished result: each takes it (or its document), draws, and returns the Axes.

Nothing here computes a statistic, opens a window or changes a global setting. Matplotlib is
imported when the first chart is drawn. What every chart takes and gives is told here once, and at
each chart only what it has besides.

Parameters
----------
result : Result or mapping
    A finished study, or the content of its ``result.json``.
regime : str
    The view, ``brochure`` or ``court``. A chart that can do without one says which it then draws.
ax : Axes, optional
    Where to draw; a new figure if left out.
lang : {"ja", "en"}
    Language.
bare : bool
    Without title and note, for a place that has its own.
key : bool
    Name the plans or products below the chart.

Returns
-------
Axes
    Drawn on; how to read them stands at each chart.

Raises
------
TypeError
    If the result is neither of these.
ValueError
    If the result does not hold what is drawn; for a view it does not have, the message says which
    ones it has.
"""

from exposure.output.charts.layout import every_glyph
from exposure.output.charts.loss_charts import (
    breach_cost_chart,
    breach_size_chart,
    convergence_chart,
    cost_by_cause_chart,
    cost_by_head_chart,
    loss_exceedance_chart,
)
from exposure.output.charts.plan_charts import (
    limit_adequacy_chart,
    paid_retained_chart,
    premium_vs_retained_chart,
    retained_curves_chart,
    share_by_limit_chart,
    who_pays_chart,
    worth_chart,
)
from exposure.output.charts.save import Picture, picture, to_png, to_svg
from exposure.output.charts.style import (
    chart_style,
    explorer_look,
    font_path,
    plan_colour,
    plan_number,
    view_colour,
)
from exposure.output.charts.sureness import (
    limit_by_records_chart,
    rows_of_sizes,
    stability_chart,
    tornado_chart,
)

__all__ = [
    "Picture",
    "breach_cost_chart",
    "breach_size_chart",
    "chart_style",
    "convergence_chart",
    "cost_by_cause_chart",
    "cost_by_head_chart",
    "every_glyph",
    "explorer_look",
    "font_path",
    "limit_adequacy_chart",
    "limit_by_records_chart",
    "loss_exceedance_chart",
    "paid_retained_chart",
    "picture",
    "plan_colour",
    "plan_number",
    "premium_vs_retained_chart",
    "retained_curves_chart",
    "rows_of_sizes",
    "share_by_limit_chart",
    "stability_chart",
    "to_png",
    "to_svg",
    "tornado_chart",
    "view_colour",
    "who_pays_chart",
    "worth_chart",
]
