"""kill -9 of a search for settings, again and again: every trial that had ended is there when it goes on.

    uv run python benchmarks/resume.py [--kills 10] [--trials 40] [--accounts 400] [--seed N] [--json]

`churnpredict tune` on a tiny company is killed at moments drawn from the length of a few trials, started again, and
after the last kill left to end. After each kill the journal is read as the next run will read it. Ends with one JSON
object: `kills`, `ended` (trials that had ended at each kill), `lost` (trials that had ended and are gone or say
something else later), and `same_as_uninterrupted` (a search that was never killed chose the same settings, by the same
figures).
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import optuna
from forked import TODAY, run, start
from optuna.storages.journal import JournalFileBackend

from churnpredict.config import Project
from churnpredict.lab import Tuned
from lab.company import company

Trials = dict[int, tuple[str, Any, Any]]


def ended_trials(project: Project, scratch: Path) -> Trials:
    """Number, state, value and parameters of each trial that a search would find ended, read from a copy."""
    journals = list(project.tuning_folder.glob("*.journal"))
    if not journals:
        return {}
    content = journals[0].read_bytes()
    scratch.write_bytes(content[: content.rfind(b"\n") + 1])
    storage = optuna.storages.JournalStorage(JournalFileBackend(str(scratch)))
    studies = [optuna.load_study(study_name=each.study_name, storage=storage) for each in storage.get_all_studies()]
    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    found = [trial for study in studies for trial in study.get_trials(states=states)]
    return {trial.number: (trial.state.name, trial.value, trial.params) for trial in found}


def missing(known: Trials, there: Trials) -> list[str]:
    """Trials that are gone, or say something else than they did."""
    return [f"trial {number}" for number, said in known.items() if there.get(number) != said]


def measure(folder: Path, *, kills: int, trials: int, accounts: int, rng: random.Random) -> dict[str, Any]:
    """Kill a search so many times and hold what it came to against one that nobody killed."""
    quiet, killed = (company(accounts).read(folder / name) for name in ("quiet", "killed"))
    log, scratch = folder / "log", folder / "journal"

    def arguments(project: Project) -> list[object]:
        config = project.folder / "churnpredict.toml"
        return ["tune", "--config", config, "--as-of", TODAY, "--trials", trials, "--quiet"]

    begun = time.monotonic()
    if run(*arguments(quiet), log=log):
        sys.exit(log.read_text(encoding="utf-8"))
    trial_seconds = (time.monotonic() - begun) / trials
    known: Trials = {}
    lost: list[str] = []
    counts: list[int] = []
    while len(counts) < kills:
        process = start(*arguments(killed), log=log)
        # What a run does before its first trial takes as long each time: it is killed while it tries.
        before = len(ended_trials(killed, scratch))
        while process.is_alive() and len(ended_trials(killed, scratch)) == before:
            time.sleep(trial_seconds / 4)
        time.sleep(rng.uniform(0, trial_seconds))
        if not process.is_alive():
            sys.exit("The search ended before its kills: give it more trials.")
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        there = ended_trials(killed, scratch)
        lost += missing(known, there)
        known = there
        counts.append(len(there))
    if run(*arguments(killed), log=log):
        sys.exit(log.read_text(encoding="utf-8"))
    lost += missing(known, ended_trials(killed, scratch))
    found = Tuned.read(killed.tuning_folder)
    same = found is not None and found == Tuned.read(quiet.tuning_folder)
    return {"kills": len(counts), "ended": counts, "lost": len(lost), "what": lost, "same_as_uninterrupted": same}


def main() -> None:
    """Kill, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--trials", type=int, default=40, help="of the search; more than are ended by the kills")
    parser.add_argument("--accounts", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="resume"))
    rng = random.Random(options.seed)
    found = measure(folder, kills=options.kills, trials=options.trials, accounts=options.accounts, rng=rng)
    shutil.rmtree(folder)
    print(json.dumps(found, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
