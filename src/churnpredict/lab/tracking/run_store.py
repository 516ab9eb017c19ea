"""Where runs are kept: a server that the environment names, or a database and a folder beside the models."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from churnpredict.config import Project

TRACKING_URI = "MLFLOW_TRACKING_URI"
#: Columns of the default store that hold the place of the artifacts.
_PLACES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
)


def has_server() -> bool:
    """Whether the environment names a server."""
    return bool(os.environ.get(TRACKING_URI))


def store_folder(project: Project) -> Path:
    """The folder of the default store."""
    return project.models_folder / "tracking"


def store_database(project: Project) -> Path:
    """The database of the default store; not there before the first run."""
    return store_folder(project) / "mlflow.db"


def store_artifacts(project: Project) -> str:
    """The address of the files of its runs."""
    return (store_folder(project).resolve() / "artifacts").as_uri()


def store_address(project: Project) -> str:
    """Where runs go, as MLflow says it; it may hold secrets."""
    return os.environ.get(TRACKING_URI) or f"sqlite:///{store_database(project).resolve()}"


def move_in(project: Project) -> None:
    """MLflow keeps absolute places: where the folder was moved or copied, the database learns where it is now."""
    here = store_artifacts(project)
    with closing(sqlite3.connect(store_database(project), timeout=30)) as connection, connection:
        found = connection.execute(
            "SELECT artifact_location FROM experiments WHERE artifact_location LIKE '%/tracking/artifacts' "
            "AND artifact_location <> ?",
            (here,),
        ).fetchone()
        for table, column in _PLACES if found else ():
            connection.execute(
                f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",  # noqa: S608 -- names of ours
                (here, len(found[0]) + 1, len(found[0]), found[0]),
            )
