"""Tools for assistants (Model Context Protocol): what they may ask, how answers are marked."""

DOORS = ("caller", "files", "http_door", "server", "tools")
