"""What documents hold in a field, as the service counted it."""

from pydantic import Field

from brainwav_client.answers import Part


class FacetValue(Part):
    """A value, and how many documents hold it."""

    value: bool | float | str
    count: int


class FacetRange(Part):
    """How many documents hold a value from ``low`` up to ``high``; None is without end."""

    low: float | str | None = Field(default=None, alias="from")
    high: float | str | None = Field(default=None, alias="to")
    count: int


class NumberStatistics(Part):
    """Of a field's numbers."""

    count: int
    min: float
    max: float
    mean: float
    sum: float


class FacetCounts(Part):
    """What documents hold in a field."""

    field: str
    documents: int
    """Hold a value."""
    missing: int
    values: tuple[FacetValue, ...]
    """Those of most documents first."""
    distinct: int
    """Values that there are, shown or not."""
    ranges: tuple[FacetRange, ...] = ()
    statistics: NumberStatistics | None = None
    """None where no value is a number."""

    @property
    def counts(self) -> dict[str | float | bool, int]:
        """Documents by value. JSON's 1 and true are one key in Python: then read ``values``."""
        return {one.value: one.count for one in self.values}
