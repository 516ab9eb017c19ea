"""Runs at the same time: one wins, the other waits or ends with 6, and nothing is torn.

    uv run python benchmarks/race.py [--rounds N] [--accounts N] [--seed N] [--json]

Rounds of: two runs of one week (while a reader reads it), two trainings, a promotion and a prediction, four writers of
the ledger. Each process is held until all are there, then all begin at a moment of their own within a few hundredths of
a second. Ends with one JSON object: `rounds` by kind, exit `codes` by kind, `torn` (what was read or left half
written), `lost`, `doubled`, `wrong_codes`.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from forked import TODAY, TRAININGS, Place, whole

#: Of every round of all kinds, how many are trainings: they take longest.
KINDS = ("week", "ledger", "promotion", "week", "ledger", "promotion", "ledger", "training")
WRITERS, EACH = 4, 5
LOCKED = 6


@dataclass
class Figures:
    """What came of the races."""

    rounds: Counter[str] = field(default_factory=Counter)
    codes: dict[str, Counter[str]] = field(default_factory=dict)
    reads: int = 0
    torn: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    wrong_codes: list[str] = field(default_factory=list)


class Racer:
    """Starts commands on one place at the same time and looks at what comes of them."""

    def __init__(self, place: Place, rng: random.Random) -> None:
        self.place, self.rng, self.figures = place, rng, Figures()
        self.weeks: set[str] = set()
        self.number = 0

    def race(self, kind: str) -> None:
        """One round."""
        self.number += 1
        self.figures.rounds[kind] += 1
        before = self.place.state()
        codes = getattr(self, f"_{kind}")()
        self.figures.codes.setdefault(kind, Counter())[" ".join(map(str, sorted(codes)))] += 1
        allowed = {0} if kind == "ledger" else {0, LOCKED}
        if not set(codes) <= allowed or 0 not in codes:
            self.figures.wrong_codes.append(f"{kind}: {codes}: {self.place.log.read_text()[-300:]}")
        after = self.place.state()
        self.figures.torn += [f"{kind}: {name} {found}" for name, found in after.items() if str(found)[:4] == "half"]
        self.figures.lost += [f"{kind}: {name}" for name in before if before[name] and not after[name]]
        self.figures.torn += [f"{kind}: left over {path}" for path in self.place.left_over()]

    def _all(self, *commands: tuple[object, ...]) -> list[int]:
        started = []
        for number, command in enumerate(commands):
            started.append(self.place.start(*command, log=self.place.log.with_name(f"log{number}")))
            time.sleep(self.rng.uniform(0, 0.05))
        self._read_while(started)
        return [int(process.exitcode or 0) for process in started]

    def _read_while(self, processes: list[BaseProcess]) -> None:
        """Read the published week as a reader would, until all have ended."""
        while any(process.is_alive() for process in processes):
            found = whole(self.place.week)
            self.figures.reads += 1
            if found is None or found.startswith("half"):
                self.figures.torn.append(f"read: {found}")
            time.sleep(0.002)
        for process in processes:
            process.join()

    def _week(self) -> list[int]:
        command = ("predict", "--as-of", TODAY)
        return self._all(command, command)

    def _training(self) -> list[int]:
        state = self.place.state()
        as_of = TRAININGS[self.number % len(TRAININGS)]
        codes = self._all(("train", "--as-of", as_of), ("train", "--as-of", as_of))
        if state["champion"] != self.place.state()["champion"]:
            self.figures.torn.append("training: another champion")
        return codes

    def _promotion(self) -> list[int]:
        """A week that is predicted meanwhile is that of one of the two models."""
        state = self.place.state()
        there = state["challenger"] not in (None, state["champion"])
        other = ("promote",) if there else ("rollback",)
        if not there and state["previous"] in (None, state["champion"]):
            other = ("train", "--as-of", TRAININGS[1])
        codes = self._all(("predict", "--as-of", TODAY), other)
        self.weeks.add(str(self.place.state()["week"]))
        return codes

    def _ledger(self) -> list[int]:
        before = list(self.place.entries())
        commands: list[tuple[object, ...]] = []
        for writer in range(WRITERS):
            names = [f"r{self.number}w{writer}a{each}" for each in range(EACH)]
            file = self.place.log.with_name(f"rows{writer}.csv")
            rows = [f"{name},open,{TODAY - timedelta(days=1)}" for name in names]
            file.write_text("\n".join(["account_id,state,on_day", *rows]) + "\n", encoding="utf-8")
            commands.append(("outcomes", "import", file, "--unlisted", "--by", "Ada"))
        codes = self._all(*commands, commands[0])
        after = list(self.place.entries())
        if after[: len(before)] != before or len(after) < len(before) + WRITERS * EACH:
            self.figures.lost.append("ledger: entries")
        if len(set(after)) < len(after):
            self.figures.doubled.append("ledger: entries")
        return codes


def main() -> None:
    """Race, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=56)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="race"))
    begun = time.monotonic()
    racer = Racer(Place.make(folder, options.accounts), random.Random(options.seed))
    # Stopped by hand, it says what it found so far.
    with suppress(KeyboardInterrupt):
        for number in range(options.rounds):
            racer.race(KINDS[number % len(KINDS)])
            if not options.json:
                print(dict(racer.figures.rounds), file=sys.stderr)
    shutil.rmtree(folder)
    found: dict[str, Any] = vars(racer.figures)
    bad = ("torn", "lost", "doubled", "wrong_codes")
    document = {"rounds": sum(racer.figures.rounds.values()), "by_kind": found["rounds"]}
    document |= {"codes": found["codes"], "reads": found["reads"], "weeks_of_models": len(racer.weeks)}
    document |= {name: len(found[name]) for name in bad} | {"what": [each for name in bad for each in found[name]][:20]}
    print(json.dumps(document | {"seconds": round(time.monotonic() - begun)}, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
