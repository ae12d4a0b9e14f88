"""What the programs we start get of our surroundings: what they need, by name, and no secret. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

BASE = frozenset({"PATH", "LD_LIBRARY_PATH", "TMPDIR", "TZ"})
"""What any program may need to run at all."""
HOME = frozenset({"HOME", "USER", "LOGNAME"})
PROXIES = frozenset(
    {"HTTPS_PROXY", "https_proxy", "http_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"}
)
CERTIFICATES = frozenset({"SSL_CERT_FILE", "SSL_CERT_DIR"})


def kept(
    surrounding: Mapping[str, str], names: Collection[str] = (), families: tuple[str, ...] = ()
) -> dict[str, str]:
    """Of the surroundings the base, the variables of these names, and those whose names begin so."""
    wanted = BASE.union(names)
    return {
        name: value
        for name, value in surrounding.items()
        if name in wanted or (families and name.startswith(families))
    }
