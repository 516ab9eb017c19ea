"""What a tuning chose: kept as a readable file, and used by later trainings where it was proven."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Self

from churnpredict.errors import BundleError, Problem
from churnpredict.lab.metrics import Interval
from churnpredict.publishing import write_whole
from churnpredict.scoring import Settings

CHOSEN = "chosen.json"


@dataclass(frozen=True)
class Tuned:
    """What a tuning chose, and whether it was worth it.

    Parameters
    ----------
    settings
        The settings with the lowest log-loss among the trials; bags and seed are those of the default.
    default
        The settings of the ladder at that time.
    known_until
        Nothing at or after this day was used.
    trials
        Trials that ended, pruned ones included.
    log_loss, default_log_loss
        Of both, on accounts that chose nothing, in nats.
    gain
        By how much the chosen settings are better, positive where they are.
    interval
        95 % interval of `gain`, paired, over accounts; None where it has none.
    rows, churners
        Rows that judged, and distinct accounts that churned in them.
    """

    settings: Settings
    default: Settings
    known_until: date
    trials: int
    log_loss: float
    default_log_loss: float
    gain: float
    interval: Interval | None
    rows: int
    churners: int

    @property
    def proven(self) -> bool:
        """Whether the gain is more than chance would give."""
        return self.interval is not None and self.interval.low > 0

    def sentences(self) -> list[str]:
        """It in words."""
        chosen, default = self.settings, self.default
        said = [
            f"Chosen after {self.trials} trials: {chosen.leaves} leaves, rate {chosen.rate:.3f}, at least "
            f"{chosen.rows_of_a_leaf} rows in a leaf, {chosen.features_share:.0%} of the features for a tree, ridge "
            f"{chosen.ridge:.1f}; the default has {default.leaves} leaves, rate {default.rate:.3f}."
        ]
        if chosen == default:
            return [*said, "That is the default: tuning changes nothing."]
        sure = "" if self.interval is None else f" (95% interval {self.interval.low:+.4f} to {self.interval.high:+.4f})"
        said.append(
            f"On {self.rows:,} later rows of accounts that chose nothing, with {self.churners} churners, log-loss is "
            f"{self.log_loss:.4f} instead of {self.default_log_loss:.4f}: better by {self.gain:+.4f}{sure}."
        )
        if self.proven:
            return [*said, "It was worth it: the next training uses the chosen settings."]
        return [*said, "That is not told from chance: the next training keeps the default."]

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values."""
        return {**asdict(self), "known_until": self.known_until.isoformat(), "proven": self.proven}

    def save(self, folder: Path) -> None:
        """Write it for later trainings, in full or not at all."""
        write_whole(folder / CHOSEN, (json.dumps(self.as_dict(), indent=1) + "\n").encode())

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """What the last tuning chose; None where there was none.

        Raises
        ------
        BundleError
            If the file is not what a tuning writes.
        """
        path = folder / CHOSEN
        if not path.exists():
            return None
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            del kept["proven"]
            kept |= {name: Settings(**kept[name]) for name in ("settings", "default")}
            kept["known_until"] = date.fromisoformat(kept["known_until"])
            kept["interval"] = None if kept["interval"] is None else Interval(*kept["interval"])
            return cls(**kept)
        except (OSError, ValueError, KeyError, TypeError) as error:
            todo = "Delete it to train with the default, or run `churnpredict tune` again."
            raise BundleError(Problem(str(path), "cannot be read", "what a tuning writes", todo)) from error
