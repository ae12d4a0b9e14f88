"""`updater audit`: a deploy repository against the tag policies, and against what should not be in one."""

from __future__ import annotations

from pathlib import Path

from updater.config import Config, Policy
from updater.errors import ConfigError
from updater.manifests import LIMIT
from updater.progress import Progress, in_progress, no_progress
from updater.runner import Exit, Output
from updater.strict_yaml.faults import unknown_word
from updater.terminal import say, say_json, warn
from updater.tools.audit.rules import CODES
from updater.tools.audit.rules_runner import Audited, run_rules, variables
from updater.tools.audit.scan import scan
from updater.value_class import value_class


@value_class
class AuditOptions:
    """As the user wrote it. Without a config the environments' names say what is right."""

    folder: Path
    config: Config | None
    repository: str | None
    ignored: tuple[str, ...]
    output: Output


def audit(call: AuditOptions, progress: Progress = no_progress) -> Exit:
    """Raises ConfigError where the call is wrong."""
    for code in call.ignored:
        if code not in CODES:
            raise ConfigError(f"--ignore: {unknown_word('code', code, CODES)}")
    if not call.folder.is_dir():
        raise ConfigError(f"{call.folder}: is no folder: name the work tree of a deploy repository")
    policies = _policies(call)
    with in_progress(progress, "reading manifests"):
        audited = run_rules(scan(call.folder, _limit(call), variables(policies)), policies, call.ignored)
    if not audited.files:
        raise ConfigError(f"{call.folder}: holds no manifest: name the work tree of a deploy repository")
    print_findings(audited, call.output)
    return Exit.DIFFERS if audited.findings else Exit.FINE


def _limit(call: AuditOptions) -> int:
    return LIMIT if call.config is None else call.config.limits.manifest_size


def _policies(call: AuditOptions) -> tuple[Policy, ...]:
    if call.config is None and call.repository is not None:
        raise ConfigError(f"--repository {call.repository}: only a config names one, and there is none here")
    if call.config is None:
        return ()
    if call.repository is not None:
        return call.config.of(call.repository)
    if len(call.config.repositories) > 1:
        names = ", ".join(call.config.repositories)
        raise ConfigError(f"the config has several deploy repositories: say --repository, one of {names}")
    return tuple(call.config.policies.values())


def print_findings(audited: Audited, output: Output) -> None:
    if output == "json":
        say_json(_document(audited))
        return
    say(*map(str, audited.findings))
    warn(*(f"{path}: not looked at: {why}" for path, why in audited.unread))
    warn(f"{_count(len(audited.findings), 'finding')} in {_count(audited.files, 'file')}")


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun if number == 1 else noun + 's'}"


def _document(audited: Audited) -> dict[str, object]:
    return {
        "version": 1,
        "findings": [
            {"file": one.file, "line": one.line, "code": one.code, "sentence": one.sentence}
            for one in audited.findings
        ],
        "not_looked_at": [{"file": path, "why": why} for path, why in audited.unread],
        "files": audited.files,
    }
