"""To run git in a clean environment, its credential neither on disk nor among its arguments. Pure."""

import base64
import os
import shlex
from collections.abc import Collection, Mapping

from updater.adapters.child_environment import CERTIFICATES, PROXIES, kept
from updater.adapters.git.address import PROTOCOLS

USER = "x-access-token"
_KEPT = frozenset({"GIT_EXEC_PATH"})
_TRUSTED = frozenset({"GIT_SSL_CAINFO", "GIT_SSL_CAPATH"})
_FOR_HTTP = PROXIES | CERTIFICATES | _TRUSTED
_FOR_SSH = frozenset({"SSH_AUTH_SOCK", "USER", "LOGNAME"})
_SSH = {
    "BatchMode": "yes",
    "StrictHostKeyChecking": "yes",
    "UpdateHostKeys": "no",
    "ForwardAgent": "no",
    "ClearAllForwardings": "yes",
    "ControlPath": "none",  # a connection that somebody left open may be somebody else's
    "ConnectTimeout": "30",
    "ServerAliveInterval": "20",
}
_SETTINGS = {
    "core.bigFileThreshold": "8m",  # what is larger is no manifest, and goes to the disk in small pieces
    "core.hooksPath": os.devnull,
    "core.quotePath": "false",
    "credential.helper": "",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "gc.autoDetach": "false",
    "http.followRedirects": "false",
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "60",
    "i18n.logOutputEncoding": "UTF-8",
    "log.showRoot": "true",
    "maintenance.auto": "false",
    "push.gpgSign": "false",
    "safe.directory": "*",  # a volume may belong to another user than the process
}
_VARIABLES = {
    "GIT_ALLOW_PROTOCOL": ":".join(PROTOCOLS),
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "HOME": os.devnull,  # ssh goes by the user, and nothing there is for git: no .netrc, no attributes
    "LC_ALL": "C",
    "MALLOC_TRIM_THRESHOLD_": str(64 << 20),  # else glibc gives memory back, and takes it, for each object
}


def variables(settings: Mapping[str, str]) -> dict[str, str]:
    """What we give git: our variables, and settings that belong to no file."""
    ssh = {"core.sshCommand": ssh_command(None, None)}
    return {**_VARIABLES, **_counted({**_SETTINGS, **ssh, **settings})}


def withheld(surrounding: Mapping[str, str], given: Collection[str], needs: Collection[str]) -> list[str]:
    """The names in our surroundings that git does not get: neither given by us nor among what it needs."""
    known = kept(surrounding, (*given, *_KEPT, *needs))
    return sorted(name for name in surrounding if name not in known)


def needs(*, ssh: bool, ca_file: str | None = None) -> frozenset[str]:
    """What git needs of our surroundings to reach a host, by either way.

    Without those that would make it believe others than the ones in `ca_file`.
    """
    return _FOR_SSH if ssh else _FOR_HTTP - (_TRUSTED if ca_file else frozenset())


def trust(ca_file: str | None) -> dict[str, str]:
    """The setting that names all who are believed over https."""
    return {"http.sslCAInfo": ca_file} if ca_file else {}


def authorization(scope: str, user: str, token: str) -> dict[str, str]:
    """The setting that sends the token to this scheme and host, and to no other."""
    return {f"http.{scope}.extraHeader": f"Authorization: Basic {encoded(user, token)}"}


def encoded(user: str, token: str) -> str:
    return base64.b64encode(f"{user}:{token}".encode()).decode()


def ssh_command(key_file: str | None, known_hosts: str | None) -> str:
    """An ssh that asks nobody and trusts no host by itself.

    With a key of its own it also takes nothing from the user's settings and agent: no other key is tried.
    """
    options = dict(_SSH)
    if known_hosts is not None:
        options |= {"UserKnownHostsFile": _path(known_hosts), "GlobalKnownHostsFile": os.devnull}
    if key_file is not None:
        options |= {"IdentityFile": _path(key_file), "IdentitiesOnly": "yes", "IdentityAgent": "none"}
    words = ["ssh", *(["-F", "none"] if key_file is not None else [])]
    return shlex.join([*words, *(f"-o{name}={value}" for name, value in options.items())])


def _path(file: str) -> str:
    """As an option of ssh, which splits at blanks and fills in what follows a percent sign."""
    return '"' + file.replace("%", "%%") + '"'


def _counted(settings: Mapping[str, str]) -> dict[str, str]:
    numbered = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings.items()):
        numbered[f"GIT_CONFIG_KEY_{number}"] = key
        numbered[f"GIT_CONFIG_VALUE_{number}"] = value
    return numbered
