"""Drawings of a backtest as SVG. Only this module imports matplotlib, and only when something is drawn."""

from __future__ import annotations

import io
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from churnpredict.errors import UsageError, not_installed
from churnpredict.lab.metrics import Reliability

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK, SOFT, LINE = "#1c1e21", "#595d66", "#e2dfd8"
#: Colours of the contenders and of the tiers: in light, and in dark.
COLOURS = {
    "model": "#1d5fa8",
    "health_score": "#a15c00",
    "arr": "#6b6f78",
    "green": "#1c6b3c",
    "yellow": "#c08a00",
    "red": "#b3261e",
    "critical": "#7a1f7d",
}
DARK = {
    INK: "#ebe9e4",
    SOFT: "#a9adb6",
    LINE: "#30333a",
    "#1d5fa8": "#8fc1ff",
    "#a15c00": "#f0b35c",
    "#6b6f78": "#9ba0aa",
    "#1c6b3c": "#86d3a0",
    "#c08a00": "#efc55f",
    "#b3261e": "#ff9d92",
    "#7a1f7d": "#e7a6ea",
}
_STYLE: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.size": 10,
    "svg.fonttype": "none",
    "svg.hashsalt": "churnpredict",
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": SOFT,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "lines.linewidth": 2,
}


def can_draw() -> bool:
    """Whether matplotlib is installed."""
    return find_spec("matplotlib") is not None


def require_matplotlib() -> None:
    """Say what to install before long work that ends in a drawing.

    Raises
    ------
    UsageError
        If matplotlib is not installed.
    """
    if not can_draw():
        raise UsageError(not_installed("backtest", "matplotlib", extra="lab"))


def reliability_plot(bins: Sequence[Reliability]) -> str:
    """Observed against predicted churn, with intervals, beside the diagonal of risks that mean what they say."""
    with _axes("predicted risk", "share that churned") as (axes, drawn):
        most = max([0.05, *(point.predicted for point in bins), *(point.observed for point in bins)]) * 1.1
        axes.plot([0, most], [0, most], color=SOFT, linewidth=1, linestyle=(0, (4, 3)))
        for point in bins:
            if point.interval is not None:
                axes.plot([point.predicted] * 2, point.interval, color=COLOURS["model"], linewidth=1.2)
        axes.plot([b.predicted for b in bins], [b.observed for b in bins], "o", color=COLOURS["model"], markersize=5)
        axes.set_xlim(0, most)
        axes.set_ylim(0, None)
        _percent(axes, "x")
        _percent(axes, "y")
    return drawn[0]


def curves_plot(x: Sequence[float], curves: Mapping[str, Sequence[float]], names: Mapping[str, str], y: str) -> str:
    """Curves over the share of the accounts on the list, each named at its end."""
    with _axes("share of the accounts on the list", y) as (axes, drawn):
        _named_curves(axes, x, curves, names)
        _percent(axes, "x")
        axes.set_ylim(0, None)
        if y == LIFT:
            axes.axhline(1, color=SOFT, linewidth=1, linestyle=(0, (4, 3)))
        else:
            _percent(axes, "y")
    return drawn[0]


#: Label of the axis of lift.
LIFT = "times the average churn"


def leads_plot(curves: Mapping[str, Sequence[float]], names: Mapping[str, str]) -> str:
    """Share of the churners that were flagged, by days before they left; the promised window is shaded."""
    with _axes("days before they left", "share of the churners flagged") as (axes, drawn):
        axes.axvspan(60, 90, color=LINE, alpha=0.6, linewidth=0)
        days = [7.0 * week + 3.5 for week in range(max(map(len, curves.values()), default=0))]
        axes.invert_xaxis()
        for name, values in curves.items():
            axes.plot(days, values, color=COLOURS[name], label=names[name])
        axes.legend(frameon=False, loc="upper left", fontsize=9)
        axes.set_ylim(0, None)
        _percent(axes, "y")
    return drawn[0]


def tiers_plot(shares: Mapping[str, Sequence[float]]) -> str:
    """Share of each list that is in each tier but green, worst at the bottom."""
    with _axes("list", "share of the accounts") as (axes, drawn):
        tiers = [tier for tier in ("critical", "red", "yellow") if tier in shares]
        if tiers:
            count = len(shares[tiers[0]])
            axes.stackplot(
                range(count),
                [shares[tier] for tier in tiers],
                colors=[COLOURS[tier] for tier in tiers],
                labels=tiers,
                linewidth=0,
            )
            axes.set_xlim(0, max(count - 1, 1))
            axes.legend(frameon=False, loc="upper left", fontsize=9, ncols=3)
            axes.set_ylim(0, max(sum(parts) for parts in zip(*(shares[tier] for tier in tiers), strict=True)) * 1.25)
        _percent(axes, "y")
    return drawn[0]


def _named_curves(
    axes: Axes, x: Sequence[float], curves: Mapping[str, Sequence[float]], names: Mapping[str, str]
) -> None:
    for name, values in curves.items():
        colour = COLOURS.get(name.removesuffix("_times_arr"), SOFT)
        dashed = (0, (5, 2)) if name in {"model", "health_score"} and f"{name}_times_arr" in curves else "-"
        axes.plot(x, values, color=colour, linestyle=dashed, label=names[name])
    axes.legend(frameon=False, fontsize=9)


def _percent(axes: Axes, which: str) -> None:
    from matplotlib.ticker import PercentFormatter  # noqa: PLC0415

    getattr(axes, f"{which}axis").set_major_formatter(PercentFormatter(1, decimals=0))


@contextmanager
def _axes(x: str, y: str) -> Iterator[tuple[Axes, list[str]]]:
    """Axes to draw on; when the block ends, the list holds the drawing as a data URI.

    Raises
    ------
    UsageError
        If matplotlib is not installed.
    """
    require_matplotlib()
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    drawn: list[str] = []
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(5.4, 3.1), layout="constrained")
        axes = figure.add_subplot()
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.grid(visible=True, axis="y", color=LINE, linewidth=0.8)
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        yield axes, drawn
        drawn.append(_data_uri(figure))


def svg_of(drawing: str) -> bytes:
    """The file behind a drawing's data URI."""
    return b64decode(drawing.partition(",")[2])


@contextmanager
def current_figure() -> Iterator[list[bytes]]:
    """A figure for a library that draws on pyplot's current one; when the block ends, the list holds it as PNG.

    Raises
    ------
    UsageError
        If matplotlib is not installed.
    """
    require_matplotlib()
    from matplotlib import pyplot as plt  # noqa: PLC0415

    drawn: list[bytes] = []
    figure = plt.figure()
    try:
        yield drawn
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", bbox_inches="tight", dpi=110)
        drawn.append(buffer.getvalue())
    finally:
        plt.close(figure)


def _data_uri(figure: Any) -> str:
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    rules = "".join(
        f'[style*="fill: {light}"]{{fill:{dark}!important}}[style*="stroke: {light}"]{{stroke:{dark}!important}}'
        for light, dark in DARK.items()
    )
    fonts = "text,tspan{font-family:system-ui,-apple-system,'Segoe UI',Roboto,sans-serif!important}"
    svg = buffer.getvalue().replace("</style>", f"{fonts}@media (prefers-color-scheme:dark){{{rules}}}</style>", 1)
    return f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}"
