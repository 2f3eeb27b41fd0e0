"""What a leak of personal data could cost, and what each insurance plan would pay.

The names of a notebook are looked up when they are first used, so that importing the package
loads NumPy at most.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any  # Any: whatever the name stands for

if TYPE_CHECKING:
    from exposure.api import compare, load_study, pay, pay_years, plan, plans, run, simulate, size
    from exposure.inputs.client import Client
    from exposure.output import charts
    from exposure.simulation.compound import simulate_compound
    from exposure.simulation.own_losses import losses_from_frame

__version__ = "0.2.0"

__all__ = [
    "Client",
    "charts",
    "compare",
    "load_study",
    "losses_from_frame",
    "pay",
    "pay_years",
    "plan",
    "plans",
    "run",
    "simulate",
    "simulate_compound",
    "size",
]


def __getattr__(name: str) -> Any:
    if name == "charts":
        return import_module("exposure.output.charts")
    if name in __all__:
        return getattr(import_module("exposure.api"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
