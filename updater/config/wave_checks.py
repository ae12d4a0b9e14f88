"""To check that waves name environments there are, each once. Pure."""

from __future__ import annotations

from updater.config.resolution import Resolution
from updater.strict_yaml.faults import unknown_word


def check_waves(resolution: Resolution) -> None:
    """What they contradict is said where it is written: by the environments, or the apps."""
    waves, known = resolution.main.waves, resolution.main.environments
    seen = dict[str, str]()
    for position, name in waves.positions() if waves is not None else ():
        at = resolution.main_at.child("waves", *position)
        if name not in known:
            resolution.faults.add(at.fault(unknown_word("environment", name, known)))
        elif name in seen:
            resolution.faults.add(at.fault(f"{name} is in a wave already ({seen[name]}): keep one of them"))
        else:
            seen[name] = at.where
