"""Charts of a finished result; each takes the content of ``result.json``, draws, returns the Axes.

Nothing here computes a statistic, opens a window or changes a global setting. Matplotlib is
imported when the first chart is drawn.
"""

from exposure.output.charts.adequacy import limit_adequacy_chart
from exposure.output.charts.composition import (
    cost_by_cause_chart,
    cost_by_head_chart,
    paid_retained_chart,
)
from exposure.output.charts.exceedance import loss_exceedance_chart, retained_curves_chart
from exposure.output.charts.premium import premium_vs_retained_chart
from exposure.output.charts.ruler import every_glyph
from exposure.output.charts.save import Picture, picture, to_png, to_svg
from exposure.output.charts.sizes import (
    breach_size_chart,
    convergence_chart,
    limit_by_records_chart,
    rows_of_sizes,
)
from exposure.output.charts.style import (
    chart_style,
    explorer_look,
    font_path,
    name_of,
    plan_colour,
    plan_ids,
    plan_number,
)
from exposure.output.charts.tornado import tornado_chart

__all__ = [
    "Picture",
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
    "name_of",
    "paid_retained_chart",
    "picture",
    "plan_colour",
    "plan_ids",
    "plan_number",
    "premium_vs_retained_chart",
    "retained_curves_chart",
    "rows_of_sizes",
    "to_png",
    "to_svg",
    "tornado_chart",
]
