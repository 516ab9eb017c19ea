"""kill -9 at random moments: the disk holds the old state or the new one, and the next run clears up.

    uv run python benchmarks/kill.py --loops N [--accounts N] [--seed N] [--json]

A tiny company is trained, predicted, promoted and written about over and over; every run is killed at a moment drawn
from its own length, half of them while it writes. After each kill the disk is read as a reader would. Ends with one
JSON object: kills (by command; runs that ended before their kill are not counted), `lost` (something that stood before
is gone), `doubled` (the next run wrote something twice), `half_written` (neither the old state nor the new one), and
`left_over` (what the next run did not remove).
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
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from forked import TODAY, TRAININGS, Place

#: Rows of an imported file.
ROWS = 200
#: How many runs of a command are killed before one is left to end and to clear up; fewer where a run takes long.
KILLS_IN_A_ROW = {"train": 2, "predict": 3, "promote": 6, "outcomes": 6}


@dataclass
class Command:
    """A command to be killed.

    Parameters
    ----------
    arguments
        As typed.
    new
        What it makes of the state before: by place, what may stand there afterwards.
    rows
        Entries that it adds to the ledger.
    """

    arguments: Sequence[object]
    new: dict[str, Any]
    rows: list[tuple[str, str, date]] = field(default_factory=list)


@dataclass
class Figures:
    """What came of the kills."""

    kills: Counter[str] = field(default_factory=Counter)
    ended_first: int = 0
    old: int = 0
    new: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    half_written: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)


class Killer:
    """Kills runs on a place and looks at what is left."""

    def __init__(self, place: Place, rng: random.Random) -> None:
        self.place, self.rng, self.figures = place, rng, Figures()
        self.seconds: dict[str, float] = {}
        self.weeks: dict[str, str] = {}
        self.models: dict[date, str] = {}
        self.numbers = count(1)

    def learn(self) -> None:
        """Run everything once to its end: how long it takes, and what it comes to."""
        state = self.place.state()
        self.models |= {TRAININGS[0]: state["champion"], TRAININGS[1]: state["challenger"]}
        self._timed("train", "--as-of", TRAININGS[2])
        self.models[TRAININGS[2]] = self.place.state()["challenger"]
        self._learn_week()
        self._timed("promote")
        self._learn_week()
        self._timed("train", "--as-of", TRAININGS[1])
        self._timed("promote")
        self._learn_week()
        self.seconds["outcomes"] = min(self.seconds.values()) / 2

    def _learn_week(self) -> None:
        self._timed("predict", "--as-of", TODAY)
        state = self.place.state()
        self.weeks[state["champion"]] = state["week"]

    def _timed(self, *arguments: object) -> None:
        begun = time.monotonic()
        self.place.succeed(*arguments)
        self.seconds[str(arguments[0])] = time.monotonic() - begun

    def commands(self) -> Iterator[Command]:
        """Commands without end, each of which changes something."""
        for number in count():
            state = self.place.state()
            # The champion trained again is the champion, and no challenger.
            there = (state["champion"], state["challenger"])
            as_of = next(day for day in TRAININGS if self.models[day] not in there)
            yield Command(["train", "--as-of", as_of], {"challenger": self.models[as_of]})
            state = self.place.state()
            if state["challenger"] != state["champion"]:
                yield Command(["promote"], {"champion": state["challenger"], "previous": state["champion"]})
            champion = self.place.state()["champion"]
            yield Command(["predict", "--as-of", TODAY], {"week": self.weeks[champion]})
            for rows in (1, ROWS):
                yield self._written(rows, number)

    def _written(self, many: int, number: int) -> Command:
        day = TODAY - timedelta(days=number % 7)
        rows = [(f"a{next(self.numbers):07}", "open", day) for _ in range(many)]
        if many == 1:
            name, state, _ = rows[0]
            return Command(["outcomes", "add", name, state, "--on", day, "--unlisted", "--by", "Ada"], {}, rows)
        file = self.place.log.with_name("import.csv")
        lines = [",".join(str(cell) for cell in row) for row in rows]
        file.write_text("\n".join(["account_id,state,on_day", *lines]) + "\n", encoding="utf-8")
        return Command(["outcomes", "import", file, "--unlisted", "--by", "Ada"], {}, rows)

    def go_on(self, loops: int, *, silent: bool) -> None:
        """Kill until so many runs were killed."""
        kills = self.figures.kills
        for command in self.commands():
            for _ in range(KILLS_IN_A_ROW[str(command.arguments[0])]):
                if kills.total() < loops:
                    self.kill(command)
            self.finish(command)
            if not silent:
                print(dict(kills), file=sys.stderr)
            if kills.total() >= loops:
                return

    def kill(self, command: Command) -> None:
        """Run it and kill it."""
        before = self.place.state()
        name = str(command.arguments[0])
        length = self.seconds[name]
        process = self.place.start(*command.arguments)
        # The writing comes at the end: half of the kills fall there.
        time.sleep(self.rng.uniform(0, length) if self.rng.random() < 0.5 else self.rng.uniform(0.7, 1.05) * length)
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        if process.exitcode == -signal.SIGKILL:
            self.figures.kills[name] += 1
        else:
            self.figures.ended_first += 1
        self._check(command, before, finished=False)

    def finish(self, command: Command) -> None:
        """Run it to its end: it makes up for what was killed, once, and clears up."""
        before = self.place.state()
        begun = time.monotonic()
        self.place.succeed(*command.arguments)
        # How fast this machine is at present decides when to kill.
        self.seconds[str(command.arguments[0])] = time.monotonic() - begun
        self._check(command, before, finished=True)
        self.figures.left_over += self.place.left_over()

    def _check(self, command: Command, before: dict[str, Any], *, finished: bool) -> None:
        after, said = self.place.state(), " ".join(str(word) for word in command.arguments)
        for name in ("champion", "challenger", "previous", "week"):
            new = command.new.get(name, before[name])
            if str(after[name]).startswith("half"):
                self.figures.half_written.append(f"{said}: {name} {after[name]}")
            elif after[name] is None and before[name] is not None:
                self.figures.lost.append(f"{said}: {name}")
            elif after[name] not in ([new] if finished else [before[name], new]):
                self.figures.half_written.append(f"{said}: {name} is neither the old nor the new one")
        if isinstance(after["ledger"], str):
            self.figures.half_written.append(f"{said}: {after['ledger']}")
            return
        self._check_ledger(command, before["ledger"], after["ledger"], said, finished=finished)
        changed = after != before
        self.figures.new += changed and not finished
        self.figures.old += not changed and not finished

    def _check_ledger(self, command: Command, before: Any, after: Any, said: str, *, finished: bool) -> None:
        added = [row for row in command.rows if row not in set(before)]
        if after[: len(before)] != before:
            self.figures.lost.append(f"{said}: entries")
        if len(set(after)) < len(after):
            self.figures.doubled.append(f"{said}: entries")
        there = list(after[len(before) :])
        if sorted(there) not in ([sorted(added)] if finished else [[], sorted(added)]):
            self.figures.half_written.append(f"{said}: {len(there)} of {len(added)} entries")


def main() -> None:
    """Kill, count, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loops", type=int, default=200, help="runs that are killed")
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="the JSON object on one line")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kill"))
    begun = time.monotonic()
    killer = Killer(Place.make(folder, options.accounts), random.Random(options.seed))
    killer.learn()
    # Stopped by hand, it says what it found so far.
    with suppress(KeyboardInterrupt):
        killer.go_on(options.loops, silent=options.json)
    kills = killer.figures.kills
    shutil.rmtree(folder)
    found = vars(killer.figures)
    document = {"kills": kills.total(), "kills_by_command": dict(kills)}
    document |= {name: found[name] for name in ("ended_first", "old", "new")}
    document |= {name: len(found[name]) for name in ("lost", "doubled", "half_written", "left_over")}
    document |= {
        "what": [each for name in ("lost", "doubled", "half_written", "left_over") for each in found[name]][:20]
    }
    print(json.dumps(document | {"seconds": round(time.monotonic() - begun)}, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
