"""The one version of code, package, API and release notes."""

VERSION = "0.1.0"
