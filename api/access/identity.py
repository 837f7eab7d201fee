"""Who sends a request: an API key where keys are in force, else an address."""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from starlette.types import Scope

from api.access.route_rules import RouteRule
from api.errors import Forbidden, Unauthenticated, Unavailable
from reliability.books.quota import Account
from reliability.errors import KeyFileError, UnknownKey
from reliability.identity.api_keys import ApiKey, KeyRing, Quota
from reliability.identity.client_address import Network, client_address, is_trusted, parse_networks
from telemetry.logs import get_logger

log = get_logger()


@dataclass(frozen=True, slots=True)
class Client:
    """Whose bucket a request is counted in, and what it may touch."""

    name: str
    """``key:<id>`` or ``address:<address>``; never a secret."""
    administrator: bool
    namespaces: frozenset[str] | None
    """None: every namespace."""
    reader: bool = False
    """It may change nothing."""
    quota: Quota | None = None
    """What it may hold; None: no more than the defaults."""

    @property
    def kind(self) -> str:
        """``key``, ``address``, or ``guess`` for who presented a key that is not valid."""
        return self.name.partition(":")[0]

    def may_use(self, namespace: str) -> bool:
        """Whether documents of ``namespace`` may be touched."""
        return self.namespaces is None or namespace in self.namespaces

    @property
    def account(self) -> Account | None:
        """To which its writes count; None where no keys are in force."""
        return Account(self.name, self.quota or Quota()) if self.kind == "key" else None

    def check_namespace(self, namespace: str) -> None:
        """Refuse a foreign namespace, alike whether it exists or not.

        Raises:
            Forbidden: The key is bound to others.
        """
        if not self.may_use(namespace):
            raise Forbidden(
                "this API key is not bound to that namespace",
                "namespace_forbidden",
                {"where": "namespace"},
            )

    def check_unbound(self) -> None:
        """Refuse figures of the whole service to a key that is bound to namespaces.

        Raises:
            Forbidden: It is.
        """
        if self.namespaces is not None:
            raise Forbidden(
                "figures of the whole service are closed to keys bound to namespaces",
                "namespace_forbidden",
            )

    def check_writer(self) -> None:
        """Refuse to a reader what would write, delete or change anything.

        Raises:
            Forbidden: It is one.
        """
        if self.reader:
            raise Forbidden("a key of role reader changes nothing", "read_only_key")

    def check_administrator(self) -> None:
        """Refuse what only administrators may do.

        Raises:
            Forbidden: The client is none.
        """
        if not self.administrator:
            raise Forbidden("this needs a key of role administrator", "administrator_only")


SOURCE = b"x-brainwav-source"
"""By it our HAProxy tells where a request came from: the secret it shares with the application,
and the address. Without it every request seems to come from HAProxy itself."""


class Identity:
    """Tells clients apart; ``keys`` is None where none are in force.

    Args:
        proxy_secret: What our HAProxy proves itself by; None where there is none, and nobody's
            word counts.
    """

    def __init__(
        self,
        keys: KeyRing | None,
        trusted_proxies: Sequence[str] = (),
        proxy_secret: str | None = None,
    ) -> None:
        self._keys = keys
        self._trusted: tuple[Network, ...] = parse_networks(trusted_proxies)
        self._proxy_secret = (proxy_secret or "").encode()

    @property
    def needs_key(self) -> bool:
        """Whether a key must be presented."""
        return self._keys is not None

    def source_of(self, scope: Scope) -> str | None:
        """Return the address that connected to our door."""
        peer = scope.get("client")
        for name, value in scope["headers"] if self._proxy_secret else ():
            if name == SOURCE:
                secret, _, address = value.partition(b" ")
                if hmac.compare_digest(secret, self._proxy_secret):
                    return address.decode("latin-1")
        return peer[0] if peer else None

    def is_behind_trusted_proxy(self, scope: Scope) -> bool:
        """Whether a trusted proxy handed the request to us, so that what it adds counts."""
        return is_trusted(self.source_of(scope), self._trusted)

    def address_of(self, scope: Scope) -> str:
        """Return the client's address by the trusted-proxy rule."""
        forwarded: list[str] = []
        if self._trusted:
            forwarded = [
                value.decode("latin-1")
                for name, value in scope["headers"]
                if name == b"x-forwarded-for"
            ]
        return client_address(self.source_of(scope), forwarded, self._trusted)

    def client_of(self, scope: Scope, rule: RouteRule, now_us: int) -> Client:
        """Return who asks, if the route is open to it.

        Raises:
            Unauthenticated: A key is needed and none, or a wrong one, was presented.
            Forbidden: The key may not use this route.
            Unavailable: The key file cannot be read.
        """
        if self._keys is None:
            # Only loopback is served without keys: whoever reaches it owns the machine.
            return Client(f"address:{self.address_of(scope)}", True, None)
        presented = _presented(scope)
        if presented is None:
            if rule.access == "open":
                return Client(f"address:{self.address_of(scope)}", False, frozenset())
            raise Unauthenticated("send an API key: `Authorization: Bearer bw_…` or `X-API-Key`")
        try:
            key = self._keys.verify(presented, now_us)
        except UnknownKey as error:
            raise Unauthenticated(str(error), error.code) from None
        except KeyFileError:
            raise Unavailable("API keys cannot be checked right now", "keys_unavailable") from None
        client = _holder_of(key)
        _check_access(client, rule)
        return client


ANYBODY = Client("anybody", True, None)
"""For applications without admission in front, as in tests of single routes."""


def identity_from(
    keys_file: str | None, trusted_proxies: Sequence[str], proxy_secret: str | None = None
) -> Identity:
    """Return the identity of the settings."""
    keys = KeyRing(Path(keys_file), told=_tell) if keys_file else None
    return Identity(keys, trusted_proxies, proxy_secret)


def _tell(error: KeyFileError | None) -> None:
    if error is None:
        log.info("keys.file_read_again")
    else:
        # Names the file and the place in it, never what stands there.
        log.error("keys.file_broken", error=str(error))


def _holder_of(key: ApiKey) -> Client:
    bound = None if key.namespaces is None else frozenset(key.namespaces)
    reader, administrator = key.role == "reader", key.role == "administrator"
    return Client(f"key:{key.id}", administrator, bound, reader, key.quota)


def _presented(scope: Scope) -> str | None:
    """Return the key of a request, None where it sends none.

    Raises:
        Unauthenticated: Two of one header, or two headers that disagree: which one a proxy before
            us looked at is not known.
    """
    headers: list[tuple[bytes, bytes]] = scope["headers"]
    keys = [value.strip() for name, value in headers if name == b"x-api-key"]
    credentials = [value for name, value in headers if name == b"authorization"]
    bearers = [value[7:].strip() for value in credentials if value[:7].lower() == b"bearer "]
    if len(keys) > 1 or len(credentials) > 1 or len({*keys, *bearers}) > 1:
        raise Unauthenticated(
            "more than one API key was sent: send it once, as `Authorization: Bearer bw_…` or "
            "`X-API-Key`",
            "conflicting_api_keys",
        )
    return next((value.decode("latin-1") for value in (*keys, *bearers)), None)


def _check_access(client: Client, rule: RouteRule) -> None:
    if rule.writes:
        client.check_writer()
    if rule.access == "administrator":
        client.check_administrator()
    if rule.access == "unbound":
        client.check_unbound()
