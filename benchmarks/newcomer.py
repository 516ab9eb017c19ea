"""How far `churnpredict init` takes a newcomer: its guesses on every real set against what a reader of its README says.

    uv run python benchmarks/newcomer.py [--data FOLDER] [--guesses-only] [--json] [SET ...]

FOLDER holds one folder per set, as `real_sets.py` says. Nobody is asked: every guess is taken (`--yes`), and
what would have been asked about, or is marked as open in the file, counts as asked. Then the file is used as it is:
doctor, train, predict.
"""

from __future__ import annotations

import argparse
import gzip
import json
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from exports import EXPORTS, write
from newcomer_truth import TRUTH, Truth
from real_sets import SETS, require

from churnpredict.simulation import World, simulate

COMMANDS = ("init", "doctor", "train", "predict")


def main() -> None:
    """Run the chosen sets and print what came of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", default=list(TRUTH), help="which sets; all by default")
    parser.add_argument("--data", type=Path, default=SETS)
    parser.add_argument("--guesses-only", action="store_true", help="write the configurations, train nothing")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = {}
    for name in options.sets:
        with tempfile.TemporaryDirectory() as folder:
            tables = tables_of(name, options.data / name, Path(folder))
            results[name] = tried(tables, TRUTH[name], Path(folder), guesses_only=options.guesses_only)
        print(f"{name} done", file=sys.stderr)
    print(json.dumps({"sets": results, **totals(results)}) if options.json else table(results))


def tables_of(name: str, data: Path, folder: Path) -> Path:
    """The tables as a newcomer has them: as they are, but what is neither Parquet nor CSV is saved as one.

    Those of the exports and of the simulated company, which have no folder of data, are made.
    """
    if name in EXPORTS:
        write(name, folder / "tables", accounts=700)
        return folder / "tables"
    if name == "simulated":
        simulate(World(accounts=2_000, seed=7)).write(folder / "tables")
        return folder / "tables"
    require(data)
    if name != "cdnow":
        return data.resolve()
    lines = gzip.decompress((data / "CDNOW_master.txt.gz").read_bytes()).decode().splitlines()
    rows = [",".join(line.split()) for line in lines if line.strip()]
    if not rows[0][0].isdigit():
        rows = rows[1:]
    (folder / "orders").mkdir()
    header = "customer_id,date,number_of_cds,dollar_value"
    (folder / "orders" / "orders.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return folder / "orders"


def tried(tables: Path, truth: Truth, folder: Path, *, guesses_only: bool) -> dict[str, Any]:
    """What became of one set."""
    config = folder / "churnpredict.toml"
    began = time.perf_counter()
    code, document = run("init", str(tables), "--yes", "--json", "--config", str(config))
    result: dict[str, Any] = {"init_seconds": round(time.perf_counter() - began, 1)}
    if code:
        said = " ".join(problem["given"] for problem in document["problems"])
        right = bool(truth.refused) and truth.refused in said
        return result | judged({}, [] if right else ["refused"], []) | {"right": int(right), "refused": said[:200]}
    text = config.read_text(encoding="utf-8")
    declared = tomllib.loads(text)
    result |= compared(guessed(declared, document), truth, asked_about(document, text))
    result["silent_leaks"] = sorted(set(read_by_a_model(declared)) & truth.leaks | _tables_read(declared, truth))
    result["suspicions"] = len(document["suspicions"])
    return result if guesses_only else result | to_a_list(config, document["as_of"])


def compared(found: dict[str, str | None], truth: Truth, asked: set[str]) -> dict[str, Any]:
    """Guesses right, wrong and asked."""
    differ = [what for what, right in truth.guesses.items() if found.get(what) != right]
    open_ones = sorted(what for what in truth.guesses if what in asked)
    return judged(truth.guesses, [what for what in differ if what not in asked], open_ones)


def judged(guesses: dict[str, str | None], wrong: list[str], asked: list[str]) -> dict[str, Any]:
    """The counts, with what was wrong and what was asked."""
    right = len(guesses) - len(wrong) - len(asked)
    return {"right": right, "wrong": len(wrong), "asked": len(asked), "wrong_ones": wrong, "asked_ones": asked}


def guessed(declared: dict[str, Any], document: dict[str, Any]) -> dict[str, str | None]:
    """What was guessed, in the words of `Truth`."""
    found: dict[str, str | None] = {f"role {name}": role for name, role in document["roles"].items()}
    found |= {f"role {name}": "left out" for name in document["left_out"]}
    accounts = declared["accounts"]
    if "table" in accounts:
        found[f"account {stem(accounts)}"] = accounts.get("key", "account_id")
        found["started_on"] = accounts.get("started_on")
    for section in ("facts", "events", "histories"):
        for source in declared.get(section, {}).values():
            name = stem(source)
            found[f"account {name}"] = source.get("account", "account_id")
            found[f"time {name}"] = source.get("time", source.get("valid_from"))
            found[f"until {name}"] = source.get("valid_to")
            found[f"known_at {name}"] = source.get("known_at")
    churn = declared["churn"]
    told = [churn["kind"], churn.get("events") or stem(churn)]
    found["churn"] = " ".join(told + [churn[key] for key in ("time", "starts", "ends") if key in churn])
    days = churn.get("days", churn.get("grace_days"))
    return found | {"churn days": None if days is None else str(days)}


def asked_about(document: dict[str, Any], text: str) -> set[str]:
    """What is asked at a terminal, in the words of `Truth`."""
    about = [question["about"].split(".") for question in document["questions"]]
    asked = {f"known_at {each[1]}" for each in about if each[-1] == "known_at"}
    if ["accounts", "key"] in about:
        asked |= {f"account {name}" for name in document["roles"]}
    if about and about[-1][0] == "churn":
        asked.add("churn days")
    if "\n# unsure: every row counts as a term" in text:
        asked.add("churn")
    return asked


def read_by_a_model(declared: dict[str, Any]) -> Iterator[str]:
    """TABLE.COLUMN of all that becomes a feature."""
    for source in declared.get("events", {}).values():
        yield from (f"{stem(source)}.{column}" for column in source.get("where", {}))
        for signal in source["signals"].values():
            measure = signal.get("measure", [])
            measured = [measure] if isinstance(measure, str) else measure
            yield from (f"{stem(source)}.{column}" for column in [*measured, *signal.get("where", {})])
    valued = [*declared.get("histories", {}).values(), *declared.get("facts", {}).values()]
    if "table" in declared["accounts"]:
        valued.append({**declared["accounts"], "values": declared["accounts"].get("facts", {})})
    for source in valued:
        for name, value in source["values"].items():
            stated = value if isinstance(value, dict) else {}
            if stated.get("aggregations") != []:
                yield f"{stem(source)}.{stated.get('column', name)}"


def _tables_read(declared: dict[str, Any], truth: Truth) -> set[str]:
    return {each.split(".")[0] for each in read_by_a_model(declared)} & truth.leaks


def stem(source: dict[str, Any]) -> str:
    """The name of a declared table."""
    table = source["table"]
    return Path(table if isinstance(table, str) else table["path"]).stem


def to_a_list(config: Path, as_of: str) -> dict[str, Any]:
    """Use the file as it is, command by command, until there is a list or one refuses."""
    seconds, done, said, alarmed = {}, 1, {}, False
    for command in COMMANDS[1:]:
        began = time.perf_counter()
        typed = [command, "--config", str(config), "--as-of", as_of, "--json"]
        code, said = run(*typed)
        if code and command == "train" and "too good to be true" in json.dumps(said):
            # What the alarm asks for: somebody looks, and says so.
            alarmed, done = True, done + 1
            code, said = run(*typed, "--accept-suspected-leak")
        seconds[command] = round(time.perf_counter() - began, 1)
        if code:
            problems = " ".join(problem["given"] for problem in said.get("problems", []))
            return {"commands": None, "stopped_at": command, "why": problems or said.get("verdict"), "seconds": seconds}
        done += 1
        if command == "train":
            model = said["evaluation"]["model"]
            figures = {key: model[key] for key in ("auc", "base_rate", "n", "churners")}
            trained = {
                **figures,
                "health_score_auc": said["evaluation"]["health_score"]["auc"],
                "warnings": said["warnings"],
            }
    return {"commands": done, "alarmed": alarmed, "accounts": said["accounts"], "seconds": seconds, **trained}


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    """One command, with its JSON."""
    command = [sys.executable, "-m", "churnpredict", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if not done.stdout:
        sys.exit(f"{' '.join(command)}: {done.stderr}")
    document: dict[str, Any] = json.loads(done.stdout)
    return done.returncode, document


def totals(results: dict[str, Any]) -> dict[str, Any]:
    """All sets together."""
    counts = {key: sum(result[key] for result in results.values()) for key in ("right", "wrong", "asked")}
    leaks = sum(len(result.get("silent_leaks", [])) for result in results.values())
    return {**counts, "right_share": round(counts["right"] / max(sum(counts.values()), 1), 3), "silent_leaks": leaks}


def table(results: dict[str, Any]) -> str:
    """The figures as Markdown."""
    lines = [
        "| set | right | wrong | asked | suspicions named | silent leaks | commands to a list | AUC |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for name, each in results.items():
        leaks = len(each.get("silent_leaks", []))
        commands = each.get("commands") or ("refused" if "refused" in each else f"stopped at {each.get('stopped_at')}")
        commands = f"{commands}, past the alarm" if each.get("alarmed") else commands
        auc = f"{each['auc']:.3f}" if each.get("auc") else ""
        counts = [each["right"], each["wrong"], each["asked"], each.get("suspicions", 0), leaks, commands, auc]
        lines.append(f"| {' | '.join(map(str, [name, *counts]))} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
