"""Moments as tables state them, as ISO 8601, in a pattern or as seconds since 1970; read as a zone's wall clock."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

#: The `date_format` of a table whose days are seconds or milliseconds since 1970.
EPOCH = "epoch"
#: From here on milliseconds: as seconds they would lie beyond the year 5000. As milliseconds, less lies before 1974.
_MILLISECONDS = 1e11
#: Seconds since 1970 at the end of the year 2261, beyond which pandas has no days.
_LAST_SECOND = 9_214_646_400
#: Seconds or milliseconds since 1970 as text; with fewer digits they would lie before 1974, and may be anything.
_SECONDS = r"^[0-9]{8,13}([.][0-9]+)?$"
#: A time of day, and then a zone.
_NAMES_A_ZONE = r"\d:\d\d.*(Z|z|[+-]\d\d(:?\d\d)?)$"
#: What engines read as times goes further than what people mean: epoch, 2024/02/28.
_MOMENT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?( ?(Z|z|[+-][0-9]{2}(:?[0-9]{2})?))?)?$"
)


@ibis.udf.scalar.builtin(signature=((dt.string, dt.string), dt.timestamp))
def try_strptime(text, pattern):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """DuckDB's: the time that `text` states in `pattern`, or null."""


@ibis.udf.scalar.builtin(signature=((dt.float64,), dt.Timestamp(timezone="UTC")))
def to_timestamp(seconds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """DuckDB's: the instant that lies so many seconds after 1970 began in UTC."""


@ibis.udf.scalar.builtin(signature=((dt.string, dt.Timestamp(timezone="UTC")), dt.timestamp))
def timezone(zone, instant):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """DuckDB's and PostgreSQL's: the wall clock of `zone` at `instant`."""


@ibis.udf.scalar.builtin(signature=((dt.Timestamp(timezone="UTC"), dt.string), dt.timestamp))
def from_utc_timestamp(instant, zone):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Spark's: the wall clock of `zone` at `instant`."""


def moment_of(text: ir.StringValue, stated: str | None, zone: str, server: str) -> ir.TimestampValue:
    """The wall clock of a zone that a text states; null where it states none.

    Parameters
    ----------
    text
        What a column holds.
    stated
        The `date_format` of its table: a pattern; `EPOCH`, where ISO 8601 is read, too; None for ISO 8601 alone.
    zone
        Whose wall clock; a text without a zone is local to it.
    server
        The engine's name.
    """
    if stated == EPOCH:
        digits = ibis.ifelse(text.re_search(_SECONDS), text, ibis.null("string"))
        return ibis.coalesce(since_epoch(digits.try_cast("float64"), zone), _stated(text, zone, server))
    return try_strptime(text, stated) if stated else _stated(text, zone, server)


def since_epoch(number: ir.FloatingValue, zone: str) -> ir.TimestampValue:
    """The wall clock of a zone so many seconds, or milliseconds, after 1970 began in UTC; null beyond any calendar."""
    seconds = ibis.ifelse(number >= _MILLISECONDS, number / 1_000, number)
    told = ibis.ifelse((seconds >= 0) & (seconds < _LAST_SECOND), seconds, ibis.null("float64"))
    return timezone(zone, to_timestamp(told))


def wall_clock(instant: ir.TimestampValue, zone: str, server: str) -> ir.TimestampValue:
    """The wall clock of a zone at an instant."""
    return from_utc_timestamp(instant, zone) if server == "pyspark" else timezone(zone, instant)


def as_moment(text: ir.StringValue) -> ir.TimestampValue:
    """The wall clock that a text of ISO 8601 shows, whatever its zone; null where it is none."""
    return _if_iso(text).try_cast("timestamp")


def _stated(text: ir.StringValue, zone: str, server: str) -> ir.TimestampValue:
    """The wall clock that a text of ISO 8601 states, by its own zone if it names one."""
    instant = wall_clock(_if_iso(text).try_cast(dt.Timestamp(timezone="UTC")), zone, server)
    return ibis.ifelse(text.re_search(_NAMES_A_ZONE), instant, as_moment(text))


def _if_iso(text: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(text.re_search(_MOMENT), text, ibis.null("string"))
