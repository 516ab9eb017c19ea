"""Spark: a session that the environment configures, its results as Arrow, and work that is sent to its workers.

Results never pass through pandas on Spark's side: PySpark 4.0 does not know pandas 3.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from churnpredict.errors import DataError, EngineError, Problem

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

#: Makes a batch of results of a batch of rows; it must be picklable, importable by the workers, and give the same
#: columns and types whatever the rows hold.
Mapping = Callable[[pa.RecordBatch], pa.RecordBatch]


def connect_spark() -> BaseBackend:
    """Use the session there is, or begin one as the environment configures it; without that, on this machine."""
    from pyspark.sql import SparkSession  # noqa: PLC0415  (an extra: only those who declare Spark need it)

    # Workers must run this interpreter; the system's may lack everything.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    session = SparkSession.builder.appName("churnpredict").getOrCreate()
    session.conf.set("spark.sql.session.timeZone", "UTC")
    return ibis.pyspark.connect(session)


def collect(expression: ir.Table) -> pa.Table:
    """Execute an expression and bring its rows here.

    Raises
    ------
    DataError
        If values cannot be read as what they are asked to be.
    EngineError
        If Spark fails for another reason.
    """
    return _collected(_lazily(expression)).cast(expression.schema().to_pyarrow())


def map_batches(expression: ir.Table, function: Mapping, rows: int) -> pa.Table:
    """Execute an expression and `function` on its rows where they lie, and bring only what that makes here.

    Parameters
    ----------
    expression
        Whose rows are mapped; they do not come here.
    function
        What is made of them.
    rows
        How many rows it gets at a time, at most.

    Raises
    ------
    DataError, EngineError
        As `collect`; a worker that fails or dies is an `EngineError`.
    """
    from pyspark.sql.pandas.types import from_arrow_schema  # noqa: PLC0415

    # What nothing is known of tells the columns, and what the function refuses before a worker runs it.
    made = function(_one_unknown(expression.schema().to_pyarrow())).schema
    mapped = _lazily(expression).mapInArrow(partial(_in_slices, function, rows), from_arrow_schema(made))
    return _collected(mapped).cast(made)


def _in_slices(function: Mapping, rows: int, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    # The session's own bound may be any; the one that memory was measured with holds here, too.
    for batch in batches:
        for start in range(0, batch.num_rows, rows):
            yield function(batch.slice(start, rows))


def _one_unknown(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.nulls(1, field.type) for field in schema], schema=schema)


def _lazily(expression: ir.Table) -> DataFrame:
    engine = expression.get_backend()
    with _failures_told():
        # To compile alone would leave functions of ours, such as the tone of a text, unknown to the session.
        engine._run_pre_execute_hooks(expression)  # noqa: SLF001
        frame: DataFrame = engine.raw_sql(engine.compile(expression))
    return frame


def _collected(frame: DataFrame) -> pa.Table:
    with _failures_told():
        return frame.toArrow()


@contextmanager
def _failures_told() -> Iterator[None]:
    """Turn what Spark raises, hundreds of lines of two languages, into one line of what happened."""
    from py4j.protocol import Py4JError  # noqa: PLC0415
    from pyspark.errors import (  # noqa: PLC0415
        AnalysisException,
        ArithmeticException,
        DateTimeException,
        IllegalArgumentException,
        PySparkException,
        PythonException,
    )

    unreadable = (AnalysisException, ArithmeticException, DateTimeException, IllegalArgumentException)
    try:
        yield
    except unreadable as error:
        told = str(error).strip().splitlines()[0]
        raise DataError(
            Problem("sources", told[:1_000], "rows that can be read", "Mend the table it names.")
        ) from error
    except PythonException as error:
        # A traceback of the worker; its last line says what was raised there.
        told = f"a Spark worker raised {str(error).strip().splitlines()[-1]}"
        raise _engine_error(told, "Its log holds the traceback; workers need what the driver has installed.") from error
    except (PySparkException, Py4JError) as error:
        lines = str(error).splitlines()
        told = next((line for line in lines if line.startswith("Caused by: ")), lines[0]).removeprefix("Caused by: ")
        raise _engine_error(f"Spark failed: {told}", "Look at its log: a worker may lack memory.") from error


def _engine_error(told: str, todo: str) -> EngineError:
    return EngineError(Problem("connections", told[:1_000], "a job that ends", f"{todo} Then run again."))
