"""What a gap in the sources costs, where it was measured: on simulated companies, learnt from with and without it.

The figures are those of ``uv run python benchmarks/gaps.py``: five companies with all their sources, AUC 0.794.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from churnpredict.config import Project
from churnpredict.dataset import SourceReport

Interval = tuple[float, float, float]
_MEASURED = "measured on simulated companies"


@dataclass(frozen=True)
class Cost:
    """What a gap cost against the whole, each as its mean with the ends of its 95 % interval.

    Parameters
    ----------
    auc
        By how much the AUC was lower.
    log_loss
        By how much the log-loss was higher.
    """

    auc: Interval
    log_loss: Interval

    def sentence(self) -> str:
        """The cost in words; none where the intervals hold zero.

        Examples
        --------
        >>> Cost((0.0667, 0.0539, 0.0795), (-0.0001, -0.0004, 0.0001)).sentence()
        'AUC was 0.067 lower (0.054 to 0.080; measured on simulated companies)'
        """
        (auc, least, most), (loss, low, high) = self.auc, self.log_loss
        lost = [f"AUC was {auc:.3f} lower ({least:.3f} to {most:.3f}"] if least > 0 else []
        if low > 0:
            alike = "" if lost else "AUC was much the same, "
            lost.append(f"{alike}log-loss {loss:.4f} higher ({low:.4f} to {high:.4f}")
        if not lost:
            return f"no cost was measured (AUC {-most:+.3f} to {-least:+.3f}, on simulated companies)"
        return f"{'), '.join(lost)}; {_MEASURED})"


NO_RENEWAL = Cost((0.0667, 0.0539, 0.0795), (0.0126, 0.0106, 0.0147))
WITHOUT = MappingProxyType(
    {
        "product": Cost((0.0113, 0.0010, 0.0217), (0.0018, -0.0007, 0.0042)),
        "executive": Cost((0.0085, 0.0037, 0.0133), (0.0019, 0.0010, 0.0027)),
        "support": Cost((0.0012, -0.0014, 0.0037), (0.0005, 0.0001, 0.0009)),
        "financial": Cost((-0.0029, -0.0068, 0.0011), (-0.0007, -0.0010, -0.0003)),
    }
)
#: By days of history, against 900.
SHORT_HISTORY = MappingProxyType(
    {
        365: Cost((0.0297, 0.0226, 0.0368), (0.0088, 0.0069, 0.0108)),
        548: Cost((0.0070, -0.0043, 0.0184), (0.0026, 0.0003, 0.0049)),
    }
)


def costs(project: Project, reports: list[SourceReport]) -> Iterator[str]:
    """Say what is missing and what that cost where it was measured, dearest first."""
    values = [value for history in project.histories.values() for value in history.values.values()]
    if all(value.kind != "date" for value in values):
        yield f"no renewal date is declared; {NO_RENEWAL.sentence()}"
    history = _days_of_history(reports)
    if known := [days for days in SHORT_HISTORY if history <= days]:
        yield f"events reach back {history:,} days; with {known[0]} days for 900, {SHORT_HISTORY[known[0]].sentence()}"
    if any("known_at" in note for report in reports for note in report.notes):
        yield (
            "sources without known_at cannot tell late rows; with a week of rows not yet loaded the mean risk was 30% "
            f"too high and the red share 30% for 15%, the order of accounts almost the same ({_MEASURED})"
        )
    declared = {feature.category for feature in project.features()}
    for category, cost in WITHOUT.items():
        if category not in declared:
            yield f"no signal of the category {category} is declared; {cost.sentence()}"


def _days_of_history(reports: list[SourceReport]) -> int:
    """Days from the first to the last event of any source."""
    firsts = [report.first_day for report in reports if report.first_day is not None]
    lasts = [report.last_day for report in reports if report.last_day is not None]
    return (max(lasts) - min(firsts)).days if firsts and lasts else 0
