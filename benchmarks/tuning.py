"""What tuning is worth on the held-out future: chosen settings against the default, where no trial ever looked.

    uv run python benchmarks/tuning.py [--json] [--accounts 600] [--companies 3] [--trials 20]

Small simulated companies. `tune` searches before the final test cutoffs; then the default and what was chosen are
fitted on what was known on the first of them and judged on them, with the paired interval over accounts. `used` is
what the next training would take: what was chosen where tuning itself found it proven, else the default.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from gate import FIRST_SEED, Company, companies

from churnpredict.lab import Tuned, tune
from churnpredict.lab.metrics import AccountBootstrap
from churnpredict.lab.metrics.figures import log_losses
from churnpredict.lab.metrics.intervals import interval_of


def run(company: Company, trials: int) -> dict[str, Any]:
    """Chosen settings against the default on one company's final test."""
    begun = time.perf_counter()
    tuned = tune(company.dataset, company.today, trials=trials)
    seconds = time.perf_counter() - begun
    losses = [losses_of(company, tuned, chosen=chosen) for chosen in (False, True)]
    better = losses[0] - losses[1]
    low, high = interval_of(AccountBootstrap.of(company.judged.accounts.astype(str)).ratios(better)) or (0.0, 0.0)
    return {
        "default": float(losses[0].mean()),
        "chosen": float(losses[1].mean()),
        "better": float(better.mean()),
        "interval": [low, high],
        "proven_by_tuning": tuned.proven,
        "leaves": [tuned.default.leaves, tuned.settings.leaves],
        "churners": company.judged.churners,
        "tuning_seconds": round(seconds),
    }


def losses_of(company: Company, tuned: Tuned, *, chosen: bool) -> Any:
    settings = tuned.settings if chosen else tuned.default
    model = company.model(company.cutoffs[0], settings.seed, settings)
    return log_losses(company.judged.churned(), model.risks(company.judged.features)[:, -1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=600, help="accounts that a company ever had")
    parser.add_argument("--companies", type=int, default=3)
    parser.add_argument("--trials", type=int, default=20)
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    options = parser.parse_args()
    runs = []
    for number, company in zip(range(options.companies), companies(count(FIRST_SEED), options.accounts), strict=False):
        runs.append(run(company, options.trials))
        print(f"company {number + 1}: {json.dumps(runs[-1])}", file=sys.stderr, flush=True)
    document = {
        "companies": len(runs),
        "accounts": options.accounts,
        "trials": options.trials,
        "chosen_worse_beyond_noise": sum(each["interval"][1] < 0 for each in runs),
        "chosen_better_beyond_noise": sum(each["interval"][0] > 0 for each in runs),
        "used_worse_beyond_noise": sum(each["interval"][1] < 0 and each["proven_by_tuning"] for each in runs),
        "mean_better": float(np.mean([each["better"] for each in runs])),
        "runs": runs,
    }
    print(json.dumps(document, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
