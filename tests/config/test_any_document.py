"""Whatever stands in the file, reading it gives a Project or a ConfigError, and nothing else."""

from __future__ import annotations

import copy
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from churnpredict.columns import DERIVED_AGGREGATIONS, EVENT_AGGREGATIONS, HISTORY_AGGREGATIONS, FeatureName
from churnpredict.config import Project, read_project
from churnpredict.errors import ConfigError

from .documents import FULL, as_toml

QUICKLY = settings(deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=12),
    st.sampled_from(
        ["a.parquet", "dated", "silence", "number", "date", "usage", "count", "distinct", "mrr", "UTC", "\x00"]
    ),
)
SCALARS = st.one_of(
    st.booleans(),
    st.integers(),
    st.sampled_from([0, 1, -1, 28, 28.0, 10**400, float("nan"), float("inf"), -float("inf"), 1e400, 5e-324]),
    st.floats(),
    TEXTS,
    st.dates(date(1, 1, 1)),
    st.datetimes(datetime(1, 1, 1)),  # noqa: DTZ001
    st.times().map(lambda value: time(value.hour, value.minute, value.second)),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3), max_leaves=6
)


def assert_project_or_config_error(path: Path) -> None:
    try:
        project = read_project(path)
    except ConfigError as error:
        said = error
    else:
        assert project.features()
        return
    assert said.problems
    assert all(problem.where and problem.given for problem in said.problems)
    assert len(str(said).splitlines()) >= len(said.problems)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("project") / "churnpredict.toml"


@settings(QUICKLY, max_examples=200)
@given(content=st.binary(max_size=200) | st.text(st.characters(codec="utf-8"), max_size=200).map(str.encode))
def test_any_bytes_give_a_project_or_a_config_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert_project_or_config_error(path)


LINES = st.sampled_from([*as_toml(FULL).splitlines(), "[churn]", "[[events]]", "[events.usage]", "[events.silence]"])


@settings(QUICKLY, max_examples=200)
@given(
    lines=st.lists(LINES | TEXTS | st.tuples(TEXTS, VALUES).map(lambda pair: as_toml(dict([pair]))), max_size=12),
    cut=st.integers(0, 400),
)
def test_any_lines_give_a_project_or_a_config_error(path: Path, lines: list[str], cut: int) -> None:
    text = "\n".join(lines)
    path.write_text(text[: len(text) - cut] if cut < 100 else text, encoding="utf-8")
    assert_project_or_config_error(path)


@settings(QUICKLY, max_examples=200)
@given(document=st.dictionaries(st.sampled_from(list(FULL)) | TEXTS, VALUES, max_size=6))
def test_any_document_gives_a_project_or_a_config_error(path: Path, document: dict[str, Any]) -> None:
    path.write_text(as_toml(document), encoding="utf-8")
    assert_project_or_config_error(path)


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    """The full document with a few values, anywhere in it, taken away, replaced or added."""
    document = copy.deepcopy(FULL)
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(document))
        holder, key = draw(st.sampled_from(places))
        match draw(st.sampled_from(["replace", "remove", "add", "swap"])):
            case "replace":
                holder[key] = draw(VALUES)
            case "remove":
                del holder[key]
            case "add" if isinstance(holder, dict):
                holder[draw(TEXTS)] = draw(VALUES)
            case "add":
                holder.append(draw(VALUES))
            case "swap":
                other_holder, other_key = draw(st.sampled_from(places))
                holder[key] = copy.deepcopy(other_holder[other_key])
    return document


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every dictionary and list of a document with each of its keys."""
    keys: list[Any] = (
        list(value) if isinstance(value, dict) else list(range(len(value))) if isinstance(value, list) else []
    )
    return [place for key in keys for place in [(value, key), *_places(value[key])]]


@settings(QUICKLY, max_examples=400)
@given(document=spoiled())
def test_a_spoiled_document_gives_a_project_or_a_config_error(path: Path, document: dict[str, Any]) -> None:
    path.write_text(as_toml(document), encoding="utf-8")
    assert_project_or_config_error(path)


# The grammar of feature names ---------------------------------------------------------------------------------------

NAMES = st.from_regex(r"\A[a-z][a-z0-9]*(_[a-z0-9]+)*\Z").filter(lambda name: len(name) <= 60)
FEATURES = st.builds(
    FeatureName,
    NAMES,
    st.sampled_from([*EVENT_AGGREGATIONS, *HISTORY_AGGREGATIONS, *DERIVED_AGGREGATIONS]),
    st.none() | st.integers(1, 3660),
)


@settings(QUICKLY, max_examples=200)
@given(name=FEATURES)
def test_a_feature_is_parsed_from_its_name(name: FeatureName) -> None:
    assert FeatureName.parse(str(name)) == name


@settings(QUICKLY, max_examples=200)
@given(one=FEATURES, other=FEATURES)
def test_different_features_have_different_names(one: FeatureName, other: FeatureName) -> None:
    assert (str(one) == str(other)) == (one == other)


@settings(QUICKLY, max_examples=300)
@given(text=st.text("ab_19d", max_size=20) | st.text(max_size=10))
def test_what_is_parsed_was_the_name_of_a_feature(text: str) -> None:
    try:
        name = FeatureName.parse(text)
    except ValueError:
        return
    assert FeatureName.parse(str(name)) == name


@pytest.mark.parametrize(
    "text",
    ["", "logins", "logins__", "__sum", "a__sum__28", "a__sum__d", "a__sum__-1d", "a__sum__7d__x", "a__sum__1.5d"],
)
def test_what_is_no_name_of_a_feature_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a feature name; expected signal__aggregation"):
        FeatureName.parse(text)


@pytest.mark.parametrize("text", ["a__sum__028d", "a__sum__٢٨d", "a__sum__0d"])
def test_a_window_is_written_in_one_way(text: str) -> None:
    with pytest.raises(ValueError, match="is not a feature name"):
        FeatureName.parse(text)


def test_every_declared_feature_is_parsed_from_its_name() -> None:
    for feature in Project.model_validate(FULL).features():
        assert FeatureName.parse(str(feature.name)) == feature.name
