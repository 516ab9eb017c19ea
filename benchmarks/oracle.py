"""How close the model comes to the best possible, on simulated companies whose true hazard is known.

    uv run python benchmarks/oracle.py --accounts 1000 [--seeds 1 2 3] [--json]

For each seed a company of `--judged` accounts (or `--accounts`, if that is more) is simulated for 3½ years. On day 900
a model is trained on the tables of the first `--accounts` of them, as the weekly job would: declared features,
account-grouped calibration, nothing known later. Then the whole company is scored every week until the labels
run out, and the model is held against what became of it and against the oracle.

The oracle is `Company.true_risk(knowledge="state")`: it is told the hidden state up to the cutoff, the frailty and the
contract, and averages over futures. Tables show that state only through noise, and the frailty not at all, so no
model can reach it: a share of 1 is out of reach by construction, not for want of a better model.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import log_loss, roc_auc_score

from churnpredict.columns import ACCOUNT_ID, CUTOFF
from churnpredict.config import Project, read_project
from churnpredict.dataset import open_dataset
from churnpredict.lab.learning.fitting import fit, labelled_rows, settings_for
from churnpredict.lab.learning.training_rows import TrainingRows
from churnpredict.lab.metrics import base_log_loss, capture, expected_calibration_error, lead_time, riskiest
from churnpredict.scoring import RiskModel
from churnpredict.simulation import Company, World, simulate

Floats = npt.NDArray[np.float64]
DAYS, LEARNT_DAYS = 1277, 900
JUDGED = 4_000
#: Lists of the lead-time card come every week; the oracle, who is slow, is asked at every fourth.
WEEK, LISTS_A_QUESTION, LISTS_AT_A_TIME = 7, 4, 10
#: Cancellations are recorded up to ten days late: younger labels are not closed.
RECORDED = 10
FLAGGED = 0.1
#: What is asked of the model, by the number of accounts it learnt from: at least, or for the last two at most.
TARGETS: dict[int, dict[str, float]] = {
    1_000: {"auc_share": 0.80, "log_loss_share": 0.45, "ece_90": 0.010, "coherence_violations": 0},
    8_000: {"auc_share": 0.88, "log_loss_share": 0.62, "ece_90": 0.007, "coherence_violations": 0},
}
AT_MOST = ("ece_90", "coherence_violations")
FIGURES = (
    *("auc_share", "log_loss_share", "ece_90", "coherence_violations", "lead_share_model", "lead_share_rule"),
    *("revenue_top10_model", "revenue_top10_arr", "auc_model", "auc_oracle", "auc_rule", "log_loss_model"),
    *("log_loss_oracle", "revenue_top10_oracle", "base_rate", "rows", "churners_learnt", "simulation_seconds"),
)


def lay_out(company: Company, folder: Path, accounts: set[str] | None = None) -> Project:
    """Write a company's tables with the demonstration's declarations; only those of some accounts, if given."""
    tables = folder / "tables"
    tables.mkdir(parents=True)
    for name, table in company.tables.items():
        kept = table if accounts is None else table[table[ACCOUNT_ID].isin(accounts)]
        kept.to_parquet(tables / f"{name}.parquet", index=False)
    config = folder / "churnpredict.toml"
    config.write_bytes(files("churnpredict").joinpath("demo.toml").read_bytes())
    return read_project(config)


def learn(project: Project, world: World) -> tuple[RiskModel, int]:
    """Train on what was known on day 900; also how many distinct accounts had churned."""
    origin = world.start + timedelta(days=LEARNT_DAYS)
    with open_dataset(project) as dataset:
        rows = labelled_rows(dataset, origin)
    return fit(rows, project, origin, settings_for(rows, project, origin)), rows.churners


def score(project: Project, model: RiskModel, world: World) -> pd.DataFrame:
    """Weekly predictions from day 900 on, with ARR and what became of each account within 90 days."""
    end = world.start + timedelta(days=DAYS)
    days = range(LEARNT_DAYS, DAYS - model.horizons[-1] - RECORDED, WEEK)
    lists = [world.start + timedelta(days=day) for day in days]
    scored = []
    with open_dataset(project) as dataset:
        for at in range(0, len(lists), LISTS_AT_A_TIME):
            features = pd.concat(list(dataset.features(lists[at : at + LISTS_AT_A_TIME])), ignore_index=True)
            churned = TrainingRows.known_at(dataset, features, end).churned()
            scored.append(model.predict(features).assign(arr=features["arr__value"], churned=churned))
    return pd.concat(scored, ignore_index=True)


def against_oracle(scored: pd.DataFrame, company: Company) -> dict[str, float]:
    """Ranking and probabilities against the oracle's, on every fourth list."""
    cutoffs = [moment.date() for moment in scored[CUTOFF].unique()[::LISTS_A_QUESTION]]
    true = company.true_risk(cutoffs).rename(columns={"risk_90d": "true_90d"})
    rows = scored.merge(true[[ACCOUNT_ID, CUTOFF, "true_90d"]], on=[ACCOUNT_ID, CUTOFF], validate="one_to_one")
    rows = rows[rows["churned"].notna()]
    churned, said, true_risk = (rows[column].to_numpy() for column in ("churned", "risk_90d", "true_90d"))
    scores = rows["health_score"]
    auc = {name: roc_auc_score(churned, risk) for name, risk in {"model": said, "oracle": true_risk}.items()}
    loss = {name: log_loss(churned, risk) for name, risk in {"model": said, "oracle": true_risk}.items()}
    base = base_log_loss(float(churned.mean()))
    return {
        "revenue_top10_oracle": revenue(rows, rows["true_90d"] * rows["arr"]),
        "auc_share": (auc["model"] - 0.5) / (auc["oracle"] - 0.5),
        "log_loss_share": (base - loss["model"]) / (base - loss["oracle"]),
        "ece_90": expected_calibration_error(churned, said),
        "auc_rule": float(roc_auc_score(churned, -scores.fillna(scores.median()))),
        "base_rate": float(churned.mean()),
        "rows": len(rows),
        **{f"auc_{name}": float(value) for name, value in auc.items()},
        **{f"log_loss_{name}": float(value) for name, value in loss.items()},
    }


def worth(scored: pd.DataFrame, company: Company) -> dict[str, float]:
    """What the lists are worth to those who work them: lead time, and churned revenue in the top tenth."""
    until = scored[CUTOFF].max().date() + timedelta(days=60)
    found = {}
    for name, key in {"model": scored["risk_90d"], "rule": -scored["health_score"].fillna(100)}.items():
        flagged = riskiest(key.to_numpy(), scored[CUTOFF], share=FLAGGED)
        lists = scored[[ACCOUNT_ID, CUTOFF, "tier"]].assign(flagged=flagged)
        found[f"lead_share_{name}"] = lead_time(lists, company.lifetimes, until=until).flagged_in_window
    for name, key in {"model": scored["risk_90d"] * scored["arr"], "arr": scored["arr"]}.items():
        found[f"revenue_top10_{name}"] = revenue(scored, key)
    return found


def revenue(scored: pd.DataFrame, key: pd.Series) -> float:
    """Churned ARR in the tenth of each list with the highest key, as a share of all churned ARR."""
    known = scored["churned"].notna() & scored["arr"].notna()
    top = riskiest(key[known].to_numpy(dtype=np.float64), scored.loc[known, CUTOFF], share=FLAGGED)
    return capture((scored["churned"] * scored["arr"])[known].to_numpy(dtype=np.float64), top)


def run(seed: int, accounts: int, judged: int) -> dict[str, float]:
    """Every figure of one simulated company."""
    world = World(accounts=max(accounts, judged), days=DAYS, seed=seed)
    begun = time.perf_counter()
    company = simulate(world)
    seconds = time.perf_counter() - begun
    with tempfile.TemporaryDirectory() as folder:
        whole = lay_out(company, Path(folder) / "whole")
        first = set(company.tables["accounts"][ACCOUNT_ID].iloc[:accounts])
        own = whole if accounts == world.accounts else lay_out(company, Path(folder) / "own", first)
        model, churners = learn(own, world)
        scored = score(whole, model, world)
    horizons = [f"risk_{horizon}d" for horizon in model.horizons]
    violations = int((scored[horizons].diff(axis=1).iloc[:, 1:] < 0).any(axis=1).sum())
    figures = {"churners_learnt": churners, "coherence_violations": violations, "simulation_seconds": seconds}
    return figures | against_oracle(scored, company) | worth(scored, company)


def main() -> None:
    """Run every seed and print the figures: means over seeds, with the least and the greatest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=1_000, help="accounts the model learns from")
    parser.add_argument("--judged", type=int, default=JUDGED, help="accounts it is judged on, at least")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    runs = []
    for seed in options.seeds:
        runs.append(run(seed, options.accounts, options.judged))
        print(f"seed {seed} done", file=sys.stderr)
    result = summary(runs) | {"accounts": options.accounts, "judged": max(options.accounts, options.judged)}
    result |= {"seeds": options.seeds, "runs": runs}
    print(json.dumps(result) if options.json else table(result))


def summary(runs: list[dict[str, float]]) -> dict[str, Any]:
    """Mean of every figure over the runs, and under ``spread`` the least and the greatest."""
    each = {name: [one[name] for one in runs] for name in runs[0]}
    means = {name: float(np.mean(values)) for name, values in each.items()}
    return means | {"spread": {name: [min(values), max(values)] for name, values in each.items()}}


def table(result: dict[str, Any]) -> str:
    """The figures as Markdown, with the aims."""
    asked = TARGETS.get(result["accounts"], {}) | {
        "lead_share_model": 1.7 * result["lead_share_rule"],
        "revenue_top10_model": 1.25 * result["revenue_top10_arr"],
    }
    lines = [f"| {result['accounts']:,} accounts | mean | least to greatest | aim |", "|---|--:|--:|--:|"]
    for name in FIGURES:
        low, high = result["spread"][name]
        sign = "≤" if name in AT_MOST else "≥"
        goal = f"{sign} {asked[name]:.3g}" if name in asked else ""
        lines.append(f"| {name} | {shown(result[name])} | {shown(low)} to {shown(high)} | {goal} |")
    return "\n".join(lines)


def shown(value: float) -> str:
    """A share with four digits, a count with none."""
    return f"{value:,.0f}" if value > 1 or value == 0 else f"{value:.4f}"


if __name__ == "__main__":
    main()
