"""What the tiers mean and how steady they are: one training, then half a year of weekly lists, all out of time.

    uv run python benchmarks/tiers.py [--json] [--accounts 2000] [--seed 7] [--weeks 26]
    uv run python benchmarks/tiers.py [--json] --data FOLDER --set openstack_orgs

A simulated company, or one of the sets under examples/ with its tables in FOLDER; it needs history enough to train
before the first of the weeks. Realised churn is of 90 days after each weekly cutoff; intervals are over resamples of
accounts.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import asdict
from datetime import date, timedelta
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from real_sets import AS_OF, project_of

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project, Tiers, read_project
from churnpredict.dataset import Dataset, Hindsight, open_dataset
from churnpredict.lab import realised_by_tier
from churnpredict.lab.learning.fitting import fit_with_policy_rows, labelled_rows, settings_for
from churnpredict.lab.metrics import alert_figures, lead_time, riskiest
from churnpredict.scoring import PolicyRows, RiskModel, hystereses, replayed, threshold_noise
from churnpredict.simulation import World, simulate

#: What acting costs and saves; assumed, and the same for every policy that asks.
PLAYS = {"yellow": {"cost": 400, "save_rate": 0.10}, "red": {"cost": 4_000, "save_rate": 0.25}}
EQUAL_SHARES = (0.02, 0.04, 0.08)
SEED = 7


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--accounts", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--weeks", type=int, default=26)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--set", choices=list(AS_OF), default="openstack_orgs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if options.data is None:
            world = World(accounts=options.accounts, seed=options.seed)
            simulate(world).write(Path(folder) / "tables")
            config = Path(folder) / "churnpredict.toml"
            config.write_bytes(files("churnpredict").joinpath("demo.toml").read_bytes())
            until = world.start + timedelta(days=world.days)
        else:
            config, until = project_of(options.set, options.data, Path(folder)), date.fromisoformat(AS_OF[options.set])
        with open_dataset(read_project(config)) as dataset:
            result = measure(dataset, until, weeks=options.weeks)
    print(json.dumps(result) if options.json else as_markdown(result))


def measure(dataset: Dataset, until: date, *, weeks: int) -> dict[str, Any]:
    """Train before the replay, score every week of it, and see what came of the tiers."""
    project = dataset.project
    closed = Hindsight.at(until, project.training.intervals(), project.churn).closed_until
    last = closed - timedelta(days=project.training.horizons[-1])
    last -= timedelta(days=last.weekday())
    cutoffs = [last - timedelta(weeks=back) for back in reversed(range(weeks))]
    model, policy_rows = trained(dataset, cutoffs[0])
    predictions = weekly(dataset, model, cutoffs)
    held = {ratio: replay(predictions, model, Tiers(exit_ratio=ratio)) for ratio in (0.8, 1.0)}
    known = outcomes(dataset, cutoffs, until)
    rows = held[0.8].merge(known, on=[ACCOUNT_ID, CUTOFF])
    return {
        "cutoffs": [str(cutoffs[0]), str(cutoffs[-1]), len(cutoffs)],
        "accounts": int(rows[ACCOUNT_ID].nunique()),
        "base_rate": float(rows["churned"].mean()),
        "policy": project.tiers.policy,
        "realised": realised(rows),
        "equal_volume": equal_volume(rows),
        "hysteresis": steadiness(
            dataset, {ratio: frame.merge(known, on=[ACCOUNT_ID, CUTOFF]) for ratio, frame in held.items()}, until
        ),
        "threshold_noise": noise(project, policy_rows),
    }


def trained(dataset: Dataset, known_until: date) -> tuple[RiskModel, PolicyRows]:
    """The model as it would have been at the first week of the replay."""
    rows = labelled_rows(dataset, known_until)
    settings = settings_for(rows, dataset.project, known_until)
    return fit_with_policy_rows(rows, dataset.project, known_until, settings)


def weekly(dataset: Dataset, model: RiskModel, cutoffs: list[date]) -> list[pd.DataFrame]:
    """Predictions of each week."""
    return [model.predict(pd.concat(list(dataset.features([cutoff])), ignore_index=True)) for cutoff in cutoffs]


def replay(predictions: list[pd.DataFrame], model: RiskModel, declared: Tiers) -> pd.DataFrame:
    """The weeks as the weekly job would have shown them."""
    return pd.concat(list(replayed(predictions, hystereses(model.scale, declared))), ignore_index=True)


def outcomes(dataset: Dataset, cutoffs: list[date], until: date) -> pd.DataFrame:
    """Whether each row churned within 90 days: 1, 0 or NaN."""
    labels = dataset.labels(cutoffs, until)
    intervals = labels.drop(columns=[ACCOUNT_ID, CUTOFF]).to_numpy()
    stayed, left = (intervals == 0).all(axis=1), (intervals == 1).any(axis=1)
    return labels[[ACCOUNT_ID, CUTOFF]].assign(churned=np.where(left, 1.0, np.where(stayed, 0.0, np.nan)))


def realised(rows: pd.DataFrame) -> dict[str, Any]:
    """Realised churn per tier and scorer: of the tiers shown, and of the scores alone."""
    columns = {"model": "tier", "model, score alone": "raw_tier", "health score": "health_tier"}
    columns["health score, score alone"] = "raw_health_tier"
    found = {}
    for name, column in columns.items():
        tiers = rows[column].astype(object).where(rows[column].notna(), None).to_numpy(dtype=object)
        accounts = rows[ACCOUNT_ID].to_numpy(dtype=object)
        rates = realised_by_tier(tiers, rows["churned"].to_numpy(), accounts, seed=SEED)
        ordered = list(rates.values())
        apart = all(one.high < other.low for one, other in pairwise(ordered))
        found[name] = {"tiers": {tier: asdict(rate) for tier, rate in rates.items()}, "intervals_apart": apart}
    return found


def equal_volume(rows: pd.DataFrame) -> list[dict[str, float]]:
    """Churn among the riskiest accounts of each week by either scorer, as many of one as of the other."""
    rows = rows[rows["churned"].notna()]
    churned, cutoffs = rows["churned"].to_numpy(), rows[CUTOFF].to_numpy()
    by_rule = 100 - rows["health_score"].fillna(100).to_numpy()
    rule_red = float((rows["raw_health_tier"] == "red").mean())
    found = []
    for share in (rule_red, *EQUAL_SHARES):
        model, rule = (
            churned[riskiest(key, cutoffs, share=share)].mean() for key in (rows["risk_90d"].to_numpy(), by_rule)
        )
        found.append({"share": share, "model": float(model), "health_score": float(rule), "ratio": float(model / rule)})
    return found


def steadiness(dataset: Dataset, held: dict[float, pd.DataFrame], until: date) -> dict[str, Any]:
    """What hysteresis does to changes of tier and to lead time, for both scorers."""
    churns = dataset.churns(until)
    found: dict[str, Any] = {}
    for scorer, column in {"model": "tier", "health_score": "health_tier"}.items():
        figures = {}
        for ratio, rows in held.items():
            tier = rows[column].fillna("green")
            lists = rows.assign(tier=tier, flagged=tier != "green")
            alerts, lead = alert_figures(lists), lead_time(lists, churns, until=until)
            figures[str(ratio)] = {"alerts": None if alerts is None else asdict(alerts), "lead": asdict(lead)}
        changes = [figures[ratio]["alerts"]["changes_per_account_year"] for ratio in ("0.8", "1.0")]
        window = [figures[ratio]["lead"]["flagged_in_window"] for ratio in ("0.8", "1.0")]
        found[scorer] = {
            "flip_reduction": 1 - changes[0] / changes[1],
            "lead_share_change": None if None in window else window[0] - window[1],
            "green_60_days_before": figures["0.8"]["lead"]["green_at_60"],
            **figures,
        }
    return found


def noise(project: Project, rows: PolicyRows) -> dict[str, Any]:
    """Bootstrap of the thresholds of each policy over the training accounts."""
    policies = {"volume": {}, "capacity": {"flagged_share": 0.15, "red_share": 0.04}, "profit": {"plays": PLAYS}}
    found = {}
    for policy, values in policies.items():
        if policy == "profit" and rows.arr is None:
            continue
        declared = Tiers.model_validate({"policy": policy, **values})
        spreads = threshold_noise(rows, declared, seed=project.training.seed)
        found[policy] = {tier: spread._asdict() for tier, spread in vars(spreads).items()}
    return {"accounts": len(np.unique(rows.accounts.astype(str))), "policies": found}


def as_markdown(result: dict[str, Any]) -> str:
    """The figures as tables."""
    first, last, weeks = result["cutoffs"]
    lines = [
        f"{result['accounts']:,} accounts, {weeks} weekly lists from {first} to {last}, base rate "
        f"{result['base_rate']:.1%}, policy {result['policy']}.",
        "",
        "| scorer | tier | share | churned in 90 days | 95 % interval |",
        "|---|---|--:|--:|--:|",
    ]
    for scorer, found in result["realised"].items():
        for tier, rate in found["tiers"].items():
            interval = f"{rate['low']:.1%}–{rate['high']:.1%}"
            lines.append(f"| {scorer} | {tier} | {rate['share']:.1%} | {rate['rate']:.1%} | {interval} |")
    lines += ["", "| riskiest share | model | health score | ratio |", "|--:|--:|--:|--:|"]
    lines += [
        f"| {row['share']:.1%} | {row['model']:.1%} | {row['health_score']:.1%} | {row['ratio']:.2f} |"
        for row in result["equal_volume"]
    ]
    lines += [
        "",
        "| scorer | flip_reduction | lead_share_change | flagged in the window | still green 60 days before |",
        "|---|--:|--:|--:|--:|",
    ]
    for scorer, found in result["hysteresis"].items():
        lead = found["0.8"]["lead"]
        cells = [found["flip_reduction"], found["lead_share_change"], lead["flagged_in_window"], lead["green_at_60"]]
        lines.append(f"| {scorer} | {' | '.join('–' if cell is None else f'{cell:.1%}' for cell in cells)} |")
    lines += ["", f"Thresholds over resamples of {result['threshold_noise']['accounts']:,} training accounts:", ""]
    lines += ["| policy | tier | relative sd | 95 % of the resamples |", "|---|---|--:|--:|"]
    for policy, spreads in result["threshold_noise"]["policies"].items():
        for tier, spread in spreads.items():
            lines.append(
                f"| {policy} | {tier} | {spread['relative_sd']:.1%} | {spread['low']:.2%}–{spread['high']:.2%} |"
            )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
