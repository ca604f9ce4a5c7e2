"""Which dialect a request belongs to: by host, by the dialect's name in the path, by native path.

The look-up order is fixed: mounts (ops, control), host, first path segment, native prefix. Two
claims for one place stop the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gateway.dialect import Dialect
from gateway.http.proxies import Environ, WsgiApp, apply_forwarded
from gateway.settings import Network, Settings, SettingsError


class Dispatcher:
    """The WSGI entry of all dialect apps.

    `apps` maps a dialect's name to its app, `mounts` a path prefix (`/_gateway`) to an app that is
    reached whatever the host; `fallback` answers what nobody claims.
    """

    def __init__(
        self,
        dialects: Mapping[str, Dialect],
        apps: Mapping[str, WsgiApp],
        settings: Settings,
        *,
        mounts: Sequence[tuple[str, WsgiApp]],
        fallback: WsgiApp,
    ) -> None:
        self.apps, self.fallback = apps, fallback
        self.trusted: Sequence[Network] = settings.trusted_proxies
        self.mounts = _longest_first((prefix.rstrip("/").lower(), app) for prefix, app in mounts)
        self.prefixes = _longest_first(_claimed(dialects, [name for name, _ in self.mounts]))
        self.hosts = _hosts(settings, dialects)

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        apply_forwarded(environ, self.trusted)
        return self.choose(environ)(environ, start_response)

    def choose(self, environ: Environ) -> WsgiApp:
        """The app for a request; a dialect's name in the path moves to SCRIPT_NAME."""
        path: str = environ.get("PATH_INFO") or "/"
        low = path.lower()
        for prefix, app in self.mounts:
            if low == prefix or low.startswith(prefix + "/"):
                return app
        if name := self.hosts.get(_host(environ)):
            self._shift_own(environ, path, name)
            return self.apps[name]
        first, _, _ = low[1:].partition("/")
        if first in self.apps:
            _shift(environ, path, len(first) + 1)
            return self.apps[first]
        for prefix, name in self.prefixes:
            if low.startswith(prefix) or low == prefix[:-1]:
                return self.apps[name]
        return self.fallback

    @staticmethod
    def _shift_own(environ: Environ, path: str, name: str) -> None:
        """A host of a dialect also takes paths that name it."""
        if path.lower() == f"/{name}" or path.lower().startswith(f"/{name}/"):
            _shift(environ, path, len(name) + 1)


def _shift(environ: Environ, path: str, length: int) -> None:
    environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + path[:length]
    environ["PATH_INFO"] = path[length:] or "/"


def _host(environ: Environ) -> str:
    host: str = environ.get("HTTP_HOST", "").lower()
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[")
    return host.partition(":")[0].rstrip(".")


def _longest_first(entries: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return sorted(entries, key=lambda entry: (-len(entry[0]), entry[0]))


def _claimed(dialects: Mapping[str, Dialect], mounts: Sequence[str]) -> list[tuple[str, str]]:
    """Prefix -> dialect; raises ValueError when two want one place."""
    owners: dict[str, str] = {f"{mount}/": "the gateway" for mount in mounts}
    owners.update({f"/{name}/": f"the dialect named {name}" for name in dialects})
    found = []
    for name, dialect in dialects.items():
        for prefix in dialect.prefixes:
            low = prefix.lower()
            first = f"/{low[1:].partition('/')[0]}/"
            owner = owners.get(low) or (owners.get(first) if first in _reserved(owners) else None)
            if owner:
                raise ValueError(f"{name} and {owner} both claim {prefix}")
            owners[low] = name
            found.append((low, name))
    return found


def _reserved(owners: Mapping[str, str]) -> set[str]:
    return {prefix for prefix, owner in owners.items() if owner.startswith("the ")}


def _hosts(settings: Settings, dialects: Mapping[str, Dialect]) -> dict[str, str]:
    """Host -> dialect; raises SettingsError for an unknown dialect or a host claimed twice."""
    found: dict[str, str] = {}
    for name, hosts in settings.hosts.items():
        if name not in dialects:
            raise SettingsError(f"POLYTRUNK_HOSTS_{name.upper()}: there is no dialect {name!r}")
        for host in hosts:
            if host in found:
                raise SettingsError(f"{found[host]} and {name} both claim the host {host}")
            found[host] = name
    return found
