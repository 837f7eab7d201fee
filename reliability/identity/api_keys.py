"""API keys, as the rest of the service uses them: issued, kept in a file, recognised.

``issued_key`` is what a key is, ``key_file`` how it is kept, ``key_ring`` which ones are in force.
"""

from reliability.identity.issued_key import ROLES, ApiKey, Quota, Role, issue, verify
from reliability.identity.key_file import parse_keys, read_keys, write_keys
from reliability.identity.key_ring import KeyRing

__all__ = (
    "ROLES",
    "ApiKey",
    "KeyRing",
    "Quota",
    "Role",
    "issue",
    "parse_keys",
    "read_keys",
    "verify",
    "write_keys",
)
