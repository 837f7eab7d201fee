"""The console: what browsers are given, as it is written, without a build."""
