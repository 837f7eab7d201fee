"""Units of this package: joules, grams of CO2 equivalent, seconds, watts."""

J_PER_WH = 3_600.0
J_PER_KWH = 3_600_000.0
S_PER_YEAR = 365.25 * 24 * 3600.0


def grams(energy_j: float, intensity_g_per_kwh: float) -> float:
    """Return the emissions of some energy at an intensity of the grid."""
    return energy_j / J_PER_KWH * intensity_g_per_kwh
