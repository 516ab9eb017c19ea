"""The gate: a challenger takes the champion's place only if it is shown to be better, and no worse to live with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from churnpredict.config import Gate
from churnpredict.lab.comparing.comparison import Comparison
from churnpredict.lab.comparing.contest import FEWEST_TO_JUDGE
from churnpredict.lab.comparing.differences import Difference

METRICS = {
    "log_loss": "log-loss",
    "revenue": "churned revenue on the list",
    "lead_time": "churners on the list in time",
}


@dataclass(frozen=True)
class Check:
    """One thing that a challenger must show.

    Parameters
    ----------
    name
        churners, better, calibration, tiers, reasons, or comparable.
    passed
        Whether it was shown; what is not known was not.
    said
        Why, with the figures.
    """

    name: str
    passed: bool
    said: str


@dataclass(frozen=True)
class Verdict:
    """Whether a challenger takes the champion's place, and why."""

    checks: tuple[Check, ...]

    @property
    def promote(self) -> bool:
        """Whether everything was shown."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def sentences(self) -> list[str]:
        """It in words: what speaks against it first."""
        against = [check.said for check in self.checks if not check.passed]
        if against:
            return ["Not promoted.", *against]
        return ["Better, and no worse to live with.", *(check.said for check in self.checks)]

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {"promote": self.promote, "checks": [asdict(check) for check in self.checks]}


def decide(found: Comparison, gate: Gate) -> Verdict:
    """Hold a comparison against what is declared.

    A comparison with a figure that is not known fails the check that needs it, so that nothing is ever promoted on it.

    Parameters
    ----------
    found
        Challenger against champion.
    gate
        What must be shown.
    """
    against = found.differences["champion"]
    drift = -against["calibration"].better
    changed, shared = found.stability.changed_share, found.stability.shared_reasons
    return Verdict(
        (
            Check(
                "churners",
                found.churners >= FEWEST_TO_JUDGE,
                f"{found.churners} accounts churned on the rows; {FEWEST_TO_JUDGE} are needed.",
            ),
            _better(against[gate.metric], gate),
            Check(
                "calibration",
                drift <= gate.calibration_tolerance,
                f"Predicted and observed churn lie {against['calibration'].challenger:.4f} apart, the champion's "
                f"{against['calibration'].rival:.4f}; {gate.calibration_tolerance:g} more is tolerated.",
            ),
            Check(
                "tiers",
                changed <= gate.most_tier_changes,
                f"{changed:.0%} of the accounts would get another tier; at most {gate.most_tier_changes:.0%} may.",
            ),
            Check(
                "reasons",
                shared >= gate.least_shared_reasons,
                f"{shared:.0%} of the reasons on the list stay; at least {gate.least_shared_reasons:.0%} must.",
            ),
        )
    )


def _better(difference: Difference, gate: Gate) -> Check:
    needed = gate.least_gain * abs(difference.rival)
    interval = difference.interval
    passed = interval is not None and interval.low > 0 and difference.better >= needed
    sure = "no interval" if interval is None else f"95% interval {interval.low:+.4f} to {interval.high:+.4f}"
    return Check(
        "better",
        passed,
        f"By {METRICS[gate.metric]} {difference.challenger:.4f} against {difference.rival:.4f}: better by "
        f"{difference.better:+.4f} ({sure}); the interval must lie above 0, and the gain be at least {needed:.4f}.",
    )
