"""The commands of `brainwav`, one a file; `deployments.cli` puts them together."""

DOORS = ("base",)
