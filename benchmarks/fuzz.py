"""Read spoiled input for as long as told: anything but a result or a `ChurnPredictError` is found, and printed.

    uv run python benchmarks/fuzz.py --minutes 60 [--targets csv config …] [--seed N] [--json]

Targets are those of ``tests/faults/fuzzing.py``. Each batch of examples runs in a process of its own, so that one that
aborts is found, too. Ends with one JSON object: seconds, examples by target, and what was found, each once.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import suppress
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hypothesis import HealthCheck, Phase, given, seed, settings

from churnpredict.batch import predict_week
from churnpredict.dataset import open_dataset
from churnpredict.lab import save_training, train
from faults.fuzzing import Target, targets
from lab.company import TODAY, company

#: What a batch of a target may take, in milliseconds of its `cost`.
BATCH = 20_000
#: Seconds after which a batch hangs.
PATIENCE = 900
SOURCES = f"{os.sep}churnpredict{os.sep}"


def make(folder: Path) -> None:
    """A company with a champion and a published week, to be spoiled."""
    project = company().read(folder)
    with open_dataset(project) as dataset:
        save_training(train(dataset, TODAY), project.champion_folder)
    predict_week(project, TODAY)


Found = dict[str, Any]


def batch(target: Target, number: int, last: Path, said: Connection) -> None:
    """Read one batch of examples; says how many they were and what went wrong, each once with its shortest input."""
    examples, found = 0, dict[tuple[str, str], Found]()

    def read_one(case: Any) -> None:
        nonlocal examples
        examples += 1
        last.write_text(repr(case), encoding="utf-8", errors="backslashreplace")
        try:
            read(case)
        except Exception as error:  # noqa: BLE001  (whatever it is, it is found)
            frames = [frame for frame in traceback.extract_tb(error.__traceback__) if SOURCES in frame.filename]
            where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "elsewhere"
            known = found.get((type(error).__name__, where))
            if known is None or len(repr(case)) < len(known["case"]):
                wrong = {"error": type(error).__name__, "where": where, "said": str(error)[:300]}
                found[type(error).__name__, where] = wrong | {"case": repr(case)[:2_000]}

    wanted = settings(
        max_examples=max(BATCH // target.cost, 20),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    with tempfile.TemporaryDirectory() as name:
        read = target.prepare(Path(name))
        seed(number)(wanted(given(target.draws)(read_one)))()
    said.send((examples, list(found.values())))


def run(target: Target, number: int, last: Path) -> tuple[int, list[Found]]:
    """The same in a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=batch, args=(target, number, last, theirs))
    process.start()
    theirs.close()
    told: tuple[int, list[Found]] | None = None
    if ours.poll(PATIENCE):
        with suppress(EOFError):
            told = ours.recv()
    if told is None:
        process.kill()
        process.join()
        said = f"died or hung, exit code {process.exitcode}"
        told = 0, [{"error": said, "where": "elsewhere", "said": "", "case": last.read_text(encoding="utf-8")[:2_000]}]
    process.join()
    return told


def main() -> None:
    """Fuzz until the time is over, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--targets", nargs="+")
    parser.add_argument("--seed", type=int, default=0, help="of the first batch; later ones count up")
    parser.add_argument("--json", action="store_true", help="the JSON object on one line, and nothing before it")
    options = parser.parse_args()
    examples: Counter[str] = Counter()
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    scratch = Path(tempfile.mkdtemp(prefix="fuzz"))
    maker = multiprocessing.get_context("fork").Process(target=make, args=(scratch / "acme",))
    maker.start()
    maker.join()
    every = targets(scratch / "acme/models/champion", scratch / "acme/data/risk_lists" / str(TODAY))
    begun = time.monotonic()
    for number in count(options.seed):
        for name in options.targets or every:
            if time.monotonic() - begun > options.minutes * 60:
                break
            read, wrong = run(every[name], number, scratch / "last")
            examples[name] += read
            for each in wrong:
                key = (name, each["error"], each["where"])
                if key not in found and not options.json:
                    print(json.dumps({"target": name, **each}, indent=1), flush=True)
                found.setdefault(key, {"target": name, "seed": number, **each})
        else:
            continue
        break
    shutil.rmtree(scratch)
    document = {"seconds": round(time.monotonic() - begun), "examples": dict(examples), "found": list(found.values())}
    print(json.dumps(document, indent=None if options.json else 1))


if __name__ == "__main__":
    main()
