"""Trainings as runs of MLflow, and its registry's names for the models that the folders hold.

Only this module imports MLflow, and only when something is tracked. The folders of
`churnpredict.lab.tracking.registry` decide which model is champion; MLflow follows, and nothing that the weekly job
needs is in it.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from churnpredict.config import Project
from churnpredict.dataset import SourceReport
from churnpredict.errors import BundleError, OutputError, Problem, UsageError, install, not_installed
from churnpredict.lab.learning.training import Training
from churnpredict.lab.tracking.record import Record, masked, record_of
from churnpredict.lab.tracking.registry import Standing, digest_of
from churnpredict.lab.tracking.run_store import (
    has_server,
    move_in,
    store_address,
    store_artifacts,
    store_database,
    store_folder,
)
from churnpredict.lab.tracking.served_model import NUMBER, TEXT, TIME, ServedModel
from churnpredict.publishing import locked
from churnpredict.scoring import model_digest

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion
    from mlflow.models import ModelSignature

#: Tag of runs and registered versions: which model they hold, see `model_digest`.
BUNDLE = "churnpredict.bundle"
#: Tag of the run of a challenger that was compared: what the gate said.
VERDICT = "churnpredict.verdict"
#: Where the pyfunc, and in it the bundle, is among the files of a run.
MODEL = "model"
BUNDLE_OF_RUN = f"{MODEL}/artifacts/bundle"
#: Rows that a run shows as an example of what the model reads.
EXAMPLE_ROWS = 5
#: What MLflow executes when it loads the model: it has to be a file, and this is all that is in it. Runs outlive the
#: layout of a package, so it names the public place.
CODE = '''"""A churnpredict bundle behind MLflow's interface."""

from churnpredict.lab import serve

serve()
'''


@dataclass(frozen=True)
class Tracked:
    """What became of a training's run.

    Parameters
    ----------
    run
        Its id; None if the training was not tracked.
    store
        Where it is, without secrets.
    why_not
        Why there is none, in words; None if there is one, or none is wanted.
    """

    run: str | None = None
    store: str | None = None
    why_not: str | None = None


def require_tracking(project: Project) -> None:
    """Say what to install before long work that is to be tracked.

    Raises
    ------
    UsageError
        If tracking is declared, and MLflow is not installed.
    """
    if project.tracking.enabled and not _installed():
        raise UsageError(not_installed("tracking.enabled", "MLflow", extra="lab"))


def track(training: Training, project: Project, *, standing: Standing, reports: Sequence[SourceReport]) -> Tracked:
    """Keep a saved training as a run; it stays saved whatever becomes of the run.

    Parameters
    ----------
    training
        The training.
    project
        The declarations; its folder of the standing holds the bundle.
    standing
        What it was saved as.
    reports
        What the sources held.
    """
    if project.tracking.enabled is False:
        return Tracked()
    if not _installed():
        return Tracked(why_not=f"MLflow is not installed: {install('lab')}")
    folder = project.champion_folder if standing == "champion" else project.challenger_folder
    record = record_of(training, project, reports)
    try:
        with _store(project) as client:
            run = _log(client, project, record, training, folder.resolve())
            _name_models(client, project)
    except OutputError as error:
        return Tracked(why_not=error.problems[0].given)
    return Tracked(run, masked(store_address(project)))


def follow(project: Project) -> str | None:
    """Let the registry's aliases champion and challenger say what the folders say, after one of them changed.

    Returns
    -------
    str or None
        Why it could not be done, in words; None where it was, or nothing is tracked.
    """
    return _if_tracked(project, lambda client: _name_models(client, project))


def _if_tracked(project: Project, do: Callable[[MlflowClient], None]) -> str | None:
    """Do something in the store, if there is one; why it could not be done, in words."""
    tracked = project.tracking.enabled is not False and _installed()
    if not tracked or not (has_server() or store_database(project).is_file()):
        return None
    try:
        with _store(project) as client:
            do(client)
    except OutputError as error:
        return error.problems[0].given
    return None


def keep_comparison(project: Project, comparison: dict[str, Any]) -> str | None:
    """Write what a comparison found to the run of the challenger, if that is tracked.

    Parameters
    ----------
    project
        Whose challenger it is.
    comparison
        The comparison and its verdict as plain values.

    Returns
    -------
    str or None
        Why it could not be done, in words; None where it was, or nothing is tracked.
    """
    return _if_tracked(project, lambda client: _write_comparison(client, project, comparison))


def _write_comparison(client: MlflowClient, project: Project, comparison: dict[str, Any]) -> None:
    version = _versions(client, project).get(digest_of(project.challenger_folder))
    if version is not None and version.run_id is not None:
        client.log_text(version.run_id, json.dumps(comparison, indent=1) + "\n", "comparison.json")
        client.set_tag(version.run_id, VERDICT, "promote" if comparison["verdict"]["promote"] else "keep the champion")


@contextmanager
def bundle_of_run(project: Project, run: str) -> Iterator[Path]:
    """The bundle that a run holds, in a folder that goes with the block.

    Raises
    ------
    UsageError
        If MLflow is not installed.
    BundleError
        If there is no such run, or no bundle in it.
    """
    if not _installed():
        raise UsageError(not_installed("--run", "MLflow", extra="lab"))
    with tempfile.TemporaryDirectory() as folder:
        try:
            with _store(project) as client:
                found = client.download_artifacts(run, BUNDLE_OF_RUN, folder)
        except OutputError as error:
            problem = Problem(
                "--run", error.problems[0].given, f"a run with a bundle in {masked(store_address(project))}"
            )
            raise BundleError(problem) from error
        yield Path(found)


def serve() -> None:
    """Declare the model that MLflow is loading: a bundle, checked against its manifest, behind `ServedModel`."""
    _prepare()
    from mlflow.models import set_model  # noqa: PLC0415
    from mlflow.pyfunc.model import PythonModel  # noqa: PLC0415

    # MLflow asks for type hints, and reads them as a signature of its own; ours is that of `_signature`. It sets a
    # filter of its own before it warns, so that what it says has to be caught, not ignored.
    with warnings.catch_warnings(record=True):

        class Served(PythonModel):
            """MLflow's interface on a served model."""

            def load_context(self, context: Any) -> None:
                self.served = ServedModel.load(Path(context.artifacts["bundle"]))

            def predict(self, context, model_input, params=None):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
                del context, params
                return self.served.predict(model_input)

    set_model(Served())


def _installed() -> bool:
    return find_spec("mlflow") is not None


def _prepare() -> None:
    """Nothing is sent to anybody, and what fails fails soon and quietly, unless the environment says otherwise."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    import mlflow  # noqa: F401, PLC0415 -- it sets up its logging when it is imported

    for name in ("mlflow", "alembic"):
        logging.getLogger(name).setLevel(logging.ERROR)


@contextmanager
def _store(project: Project) -> Iterator[MlflowClient]:
    """The store of the runs: a server that the environment names, or a database beside the models.

    Raises
    ------
    OutputError
        If it cannot be reached, or refuses.
    """
    _prepare()
    from mlflow import MlflowClient  # noqa: PLC0415
    from mlflow.exceptions import MlflowException  # noqa: PLC0415
    from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

    address = store_address(project)
    try:
        if has_server():
            yield MlflowClient(address)
            return
        # Two that make the tables of a fresh database at once would stop each other.
        with locked(store_folder(project), wait=True):
            client = MlflowClient(address)
            move_in(project)
        yield client
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as error:
        said = masked(str(error).splitlines()[0] if str(error) else type(error).__name__)
        raise OutputError(Problem(masked(address), said, "a store of runs that answers")) from error


def _experiment(client: MlflowClient, project: Project) -> str:
    name = _name(project)
    found = client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    where = None if has_server() else store_artifacts(project)
    return str(client.create_experiment(name, artifact_location=where))


def _name(project: Project) -> str:
    """Name of the experiment and of the registered model, without what MLflow or its search would stumble over."""
    return project.tracking.experiment or re.sub(r"[/:'\"]", " ", project.name).strip() or "churnpredict"


def _log(client: MlflowClient, project: Project, record: Record, training: Training, bundle: Path) -> str:
    """Log everything; a run that could not be filled is marked as failed."""
    tags = {
        BUNDLE: model_digest(bundle),
        "churnpredict.version": version("churnpredict"),
        "churnpredict.fingerprint": record.digest,
        "mlflow.source.name": "churnpredict train",
        "mlflow.note.content": record.files["model_card.md"].decode()[:5_000],
    }
    experiment = _experiment(client, project)
    day = training.model.trained_until.isoformat()
    run = str(client.create_run(experiment, tags=tags, run_name=f"as of {day}").info.run_id)
    finished = False
    try:
        _log_values(client, run, record, tags)
        with tempfile.TemporaryDirectory() as folder:
            _save_pyfunc(Path(folder) / MODEL, bundle, training)
            for name, content in record.files.items():
                (Path(folder) / name).write_bytes(content)
            client.log_artifacts(run, folder)
        _register(client, _name(project), run, tags[BUNDLE])
        finished = True
    finally:
        client.set_terminated(run, "FINISHED" if finished else "FAILED")
    return run


def _log_values(client: MlflowClient, run: str, record: Record, tags: dict[str, str]) -> None:
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param  # noqa: PLC0415

    began = int(client.get_run(run).info.start_time)
    metrics = [Metric(name, value, began, 0) for name, value in record.metrics.items()]
    client.log_batch(run, metrics, [Param(name, value) for name, value in record.parameters.items()])
    data = Dataset(
        name="sources",
        digest=tags["churnpredict.fingerprint"],
        source_type="churnpredict",
        source=json.dumps(record.fingerprint["sources"]),
        profile=json.dumps({name: record.fingerprint[name] for name in ("rows", "churners")}),
    )
    client.log_inputs(run, [DatasetInput(data, [InputTag("mlflow.data.context", "training")])])


def _save_pyfunc(folder: Path, bundle: Path, training: Training) -> None:
    """The bundle as a model that MLflow can load without pickle, with an example that its signature accepts."""
    import mlflow  # noqa: PLC0415

    served = ServedModel(training.model)
    example = training.latest[list(served.inputs)].head(EXAMPLE_ROWS).astype(served.inputs)
    with tempfile.TemporaryDirectory() as place:
        code, copied = Path(place) / "churnpredict_model.py", Path(place) / "bundle"
        code.write_text(CODE, encoding="utf-8")
        shutil.copytree(bundle, copied)
        mlflow.pyfunc.save_model(
            folder,
            python_model=str(code),
            artifacts={"bundle": str(copied)},
            signature=_signature(served),
            input_example=example,
            pip_requirements=[f"churnpredict=={version('churnpredict')}", f"mlflow=={mlflow.__version__}"],
        )


def _signature(served: ServedModel) -> ModelSignature:
    """Numbers as double, which takes any float and integer; text for categories. Nothing is inferred from a frame."""
    from mlflow.models import ModelSignature  # noqa: PLC0415
    from mlflow.types import ColSpec, DataType, Schema  # noqa: PLC0415

    kinds = {NUMBER: DataType.double, TEXT: DataType.string, TIME: DataType.datetime}

    def schema(columns: dict[str, str]) -> Schema:
        return Schema([ColSpec(kinds[kind], name) for name, kind in columns.items()])

    return ModelSignature(inputs=schema(served.inputs), outputs=schema(served.outputs))


def _register(client: MlflowClient, name: str, run: str, digest: str) -> None:
    if not client.search_registered_models(filter_string=f"name = '{name}'"):
        client.create_registered_model(name)
    client.create_model_version(name, f"runs:/{run}/{MODEL}", run, tags={BUNDLE: digest})


def _versions(client: MlflowClient, project: Project) -> dict[str | None, ModelVersion]:
    """The latest registered version of each model, by its digest."""
    found = client.search_model_versions(f"name = '{_name(project)}'")
    return {version.tags.get(BUNDLE): version for version in sorted(found, key=lambda each: int(each.version))}


def _name_models(client: MlflowClient, project: Project) -> None:
    """Set the aliases to the versions that the folders hold; one that holds none of them has no alias."""
    name = _name(project)
    found = client.search_registered_models(filter_string=f"name = '{name}'")
    if not found:
        return
    latest = _versions(client, project)
    taken: str | None = None
    for alias, folder in (("champion", project.champion_folder), ("challenger", project.challenger_folder)):
        digest = digest_of(folder)
        # A challenger that was promoted challenges nobody.
        version = None if digest is None or digest == taken else latest.get(digest)
        taken = digest
        if version is not None:
            client.set_registered_model_alias(name, alias, str(version.version))
        elif alias in found[0].aliases:
            client.delete_registered_model_alias(name, alias)
