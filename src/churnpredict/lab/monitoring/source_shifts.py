"""Whether a source's last week is like those before it: how many rows, how many count, and what they measure.

The yardstick is the source's own past. A week is held against the weeks just before it, by how far weeks went from
those before them in the course of a year; and what the same week did a year ago is no news.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
What = Literal["rows", "share", "mean"]
State = Literal["usual", "seasonal", "unusual", "too early"]

#: Weeks whose median is what is usual.
BEFORE = 8
#: Weeks further back whose distances from usual say how far is far.
YEAR = 52
#: Fewer distances than this say nothing.
LEAST_HISTORY = 8
#: What is asked for: a year of distances, the same weeks a year ago with one on either side, and what was usual then.
WEEKS = YEAR + 2 + BEFORE
#: Distances, in units of their usual size, from which a week is unusual.
FAR = 5.0
#: Rows a week below which their number says nothing.
FEWEST_ROWS = 10.0
#: What is small enough to be left alone, however sure: a third of the rows, a fifth of those that count, a fifth of
#: the spread between rows.
LEAST = {"rows": np.log(1.5), "share": np.log(1.25), "mean": 0.2}
#: Size of a normal distribution's standard deviation in units of the median distance from its middle.
_OF_MEDIAN = 1.4826


@dataclass(frozen=True)
class Shift:
    """The last week of one series of a source.

    Parameters
    ----------
    place, signal
        TOML path of the source; the signal, "" for all rows.
    what
        Its rows, the share of the rows that count for the signal, or the mean of what they measure.
    state
        Unusual; seasonal where the same week a year ago explains it; too early without enough weeks or rows.
    now, usual
        This week, and the median of the weeks before; in rows, as a share, or in the signal's own unit.
    distance
        How far apart they are, in units of what is usual from week to week; signed.
    compared_with_last_year
        Whether there was a year to look back on.
    """

    place: str
    signal: str
    what: What
    state: State
    now: float | None
    usual: float | None
    distance: float | None
    compared_with_last_year: bool

    def sentence(self) -> str:
        """It in words.

        Examples
        --------
        >>> Shift("events.usage", "", "rows", "unusual", 10.0, 4000.0, -40.0, True).sentence()
        '10 rows in the last week, usually 4,000'
        """
        now, usual = self.now or 0.0, self.usual or 0.0
        if self.what == "rows":
            return f"{now:,.0f} rows in the last week, usually {usual:,.0f}"
        if self.what == "share":
            return f"{self.signal}: {now:.1%} of the rows count, usually {usual:.1%}"
        return f"{self.signal}: {now:.3g} on average, usually {usual:.3g}"


def shifts(weeks: pd.DataFrame) -> list[Shift]:
    """The last week of every series.

    Parameters
    ----------
    weeks
        See `churnpredict.dataset.source_weeks`; `WEEKS` of them are looked at.
    """
    found = []
    for place, source in weeks.groupby("place", sort=False):
        of_all = source[source["signal"] == ""].sort_values("week")["rows"].to_numpy()
        found.append(_of_rows(str(place), of_all))
        for signal, series in source[source["signal"] != ""].groupby("signal", sort=False):
            found += _of_signal(str(place), str(signal), series.sort_values("week"), of_all)
    return found


def _of_signal(place: str, signal: str, series: pd.DataFrame, of_all: Floats) -> Iterator[Shift]:
    rows = series["rows"].to_numpy()
    if (rows < of_all).any():
        yield _of_share(place, signal, rows, of_all)
    if series["mean"].notna().any():
        yield _of_mean(place, signal, series)


def _of_rows(place: str, rows: Floats) -> Shift:
    usual = _usual(rows)
    noise = 1 / np.sqrt(max(usual, 1.0))
    state, distance, year = _judged(np.log(np.maximum(rows, 0.5)), noise, LEAST["rows"])
    if usual < FEWEST_ROWS:
        state = "too early"
    return _shift((place, "", "rows"), state, (float(rows[0]) if len(rows) else np.nan, usual, distance), year=year)


def _of_share(place: str, signal: str, rows: Floats, of_all: Floats) -> Shift:
    shares = np.divide(rows, of_all, out=np.full(len(rows), np.nan), where=of_all > 0)
    usual = _usual(rows)
    floor = 0.5 / np.maximum(of_all, 1.0)
    # Of this week's rows so many would usually count: few of them swing by chance.
    expected = _usual(shares) * (of_all[0] if len(of_all) else 0.0)
    noise = 1 / np.sqrt(max(expected, 1.0))
    state, distance, year = _judged(np.log(np.maximum(shares, floor)), noise, LEAST["share"])
    if not min(usual, expected) >= FEWEST_ROWS:
        state = "too early"
    return _shift((place, signal, "share"), state, (float(shares[0]), _usual(shares), distance), year=year)


def _of_mean(place: str, signal: str, series: pd.DataFrame) -> Shift:
    means, rows = series["mean"].to_numpy(), series["rows"].to_numpy()
    # Rows of one account are alike: there are as many independent ones as there are accounts.
    independent = np.minimum(series["accounts"].to_numpy(), rows)
    spread = float(np.nanmedian(series["sd"].to_numpy()[1:])) if len(series) > 1 else np.nan
    usual = _usual(means)
    if not spread > 0 or not min(_usual(rows), rows[0]) >= FEWEST_ROWS:
        return _shift((place, signal, "mean"), "too early", (float(means[0]), usual, np.nan), year=False)
    noise = 1 / np.sqrt(max(independent[0], 1.0))
    state, distance, year = _judged(means / spread, noise, LEAST["mean"])
    return _shift((place, signal, "mean"), state, (float(means[0]), usual, distance), year=year)


def _judged(values: Floats, noise: float, least: float) -> tuple[State, float, bool]:
    """State of the newest value, how many times the usual distance it is away, and whether a year could be seen.

    Parameters
    ----------
    values
        Newest first.
    noise
        Standard deviation that chance alone gives the newest one.
    least
        Distance that is left alone.
    """
    away = np.array([values[k] - _usual(values[k:]) for k in range(len(values))])
    past = away[1 : 1 + YEAR]
    past = past[~np.isnan(past)]
    if len(past) < LEAST_HISTORY or np.isnan(away[:1]).all():
        return "too early", float("nan"), False
    size = max(_OF_MEDIAN * float(np.median(np.abs(past))), noise)
    bar = max(least, FAR * size)
    year_ago = away[YEAR - 1 : YEAR + 2]
    year_ago = year_ago[~np.isnan(year_ago)]
    now = float(away[0])
    state: State = "usual"
    if abs(now) >= bar:
        # The same way, and nearly as far: a holiday.
        state = "seasonal" if any(year_ago * now > 0) and min(np.abs(now - year_ago)) < bar else "unusual"
    return state, now / size, len(year_ago) > 0


def _usual(values: Floats) -> float:
    """Median of the weeks that come before the first one; NaN with fewer than half of them."""
    before = values[1 : 1 + BEFORE]
    before = before[~np.isnan(before)]
    return float(np.median(before)) if 2 * len(before) >= BEFORE else float("nan")


def _shift(series: tuple[str, str, What], state: State, figures: tuple[float, float, float], *, year: bool) -> Shift:
    now, usual, distance = (None if np.isnan(figure) else float(figure) for figure in figures)
    return Shift(*series, state, now, usual, distance, year)
