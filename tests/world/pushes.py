"""How a git server answers a push that it does not take."""

from updater.sandbox.world import World

_RESULT = "application/x-git-receive-pack-result"
_REFS = ("refs/heads/main", "refs/updater/main")


def refuse_pushes(world: World, verdict: str, said: str = "") -> None:
    """To the base branch and what moves with it, until the faults are lifted."""
    report = b"".join(map(_packet, ["unpack ok\n", *(f"ng {ref} {verdict}\n" for ref in _REFS)]))
    remote = _packet(f"\x02{said}\n") if said else b""
    body = remote + _packet(b"\x01" + report + b"0000") + b"0000"
    world.github.fault("POST .*git-receive-pack", 200, body=body, content_type=_RESULT)


def _packet(content: str | bytes) -> bytes:
    content = content.encode() if isinstance(content, str) else content
    return b"%04x%s" % (len(content) + 4, content)
