"""What can be wrong with energy, its carbon or a mode.

SustainabilityError
├── UnknownCountry      no intensity is known for a country code
├── BadIntensityFile    an hourly file that cannot be read as one
├── IntensityDown       an online source gave no usable figure
└── UnknownRequest      nothing is known of a request, or no longer
"""


class SustainabilityError(Exception):
    """Base of this package's errors; ``code`` is what HTTP clients see."""

    code = "unavailable"


class UnknownCountry(SustainabilityError):
    """The offline table has no such country."""

    code = "unknown_country"


class BadIntensityFile(SustainabilityError):
    """The hourly file is missing or malformed."""

    code = "bad_intensity_file"


class IntensityDown(SustainabilityError):
    """The online source did not answer, or not with an intensity."""


class UnknownRequest(SustainabilityError):
    """Never metered, forgotten since, or somebody else's."""

    code = "not_found"
