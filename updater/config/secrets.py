"""To read the secrets that config only names, late and in one place. I/O."""

from __future__ import annotations

import shutil
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import SecretStr

from updater.config.addresses import may_be_called
from updater.config.credentials import ForgeCredential
from updater.config.flux import Flux
from updater.config.forges import AppInstallation, Forge
from updater.config.notifications import Route
from updater.config.policies import Config
from updater.config.prometheus import MonitoringServer
from updater.errors import ConfigError
from updater.gates.signature import Signature
from updater.model import PublicKey, Signatory


def secret(*, env: str | None, file: str | None, environ: Mapping[str, str]) -> SecretStr | None:
    """What the variable or the file holds; None where config names neither. Raises ConfigError."""
    if env is not None:
        return _sound(f"the environment variable {env}", environ.get(env, ""))
    return _sound(f"the file {file}", _text(file)) if file is not None else None


def private_key(file: str) -> SecretStr:
    """What a PEM file holds, which is more than one line. Raises ConfigError."""
    found = _text(file).strip()
    if not found:
        raise ConfigError(f"the file {file} is empty")
    return SecretStr(found)


def notification_url(route: Route, environ: Mapping[str, str]) -> str:
    """Where its messages go. Raises ConfigError where it is not set (any more)."""
    found = secret(env=route.to_env, file=route.to_file, environ=environ)
    assert found is not None, "config has one of the two"
    return found.get_secret_value()


def unset_secrets(config: Config, environ: Mapping[str, str], *, served: bool = True) -> tuple[str, ...]:
    """A sentence for each secret that config names and nobody has set.

    Not `served`: of those that passes need. A rollback from a laptop does not wait for Slack's address.
    """
    return tuple(dict.fromkeys(_unset(config, environ, served=served)))


def stopping_secrets(config: Config, environ: Mapping[str, str], *, served: bool = True) -> tuple[str, ...]:
    """As `unset_secrets`, without those that are passed over."""
    passed_over = unset_app_keys(config)
    return tuple(each for each in unset_secrets(config, environ, served=served) if each not in passed_over)


def unset_app_keys(config: Config) -> tuple[str, ...]:
    """Of several Apps those that are passed over where they are not let in: all but the first of a host."""
    further = ((host, forge, app) for host, forge in config.forges.items() for app in forge.apps[1:])
    return tuple(sentence for each in further if (sentence := unset_app_key(*each)) is not None)


def unset_app_key(host: str, forge: Forge, app: AppInstallation) -> str | None:
    """Why its key is of no use; None: it can be read."""
    return _unread(_of_app(host, forge, app), app.private_key_file)


def _unread(user: str, file: str) -> str | None:
    """Why a file of more than one line is of no use; None: it is."""
    try:
        private_key(file)
    except ConfigError as error:
        return f"{user}: {error.sentence}"
    return None


def _unset(config: Config, environ: Mapping[str, str], *, served: bool) -> Iterator[str]:
    for user, env, file in (*_named(config), *(_served(config) if served else ())):
        try:
            secret(env=env, file=file, environ=environ)
        except ConfigError as error:
            yield f"{user}: {error.sentence}"
    for user, file in _files(config):
        sentence = _unread(user, file) if file else None
        if sentence is not None:
            yield sentence
    yield from _unusable_authorities(config)
    for user, signatory in signatories(config):
        variable = signatory.variable if isinstance(signatory, PublicKey) else None
        if variable is not None and not environ.get(variable, "").strip():
            yield f"{user}: the environment variable {variable} is not set"
    for host, registry in config.registries.items():
        program = f"docker-credential-{registry.credential_helper}"
        if registry.credential_helper and shutil.which(program) is None:
            yield f"registries.{host}: the program {program} is not on the path"
    yield from _uncalled(config, environ)


def _uncalled(config: Config, environ: Mapping[str, str]) -> Iterator[str]:
    """Receivers whose address is there, and will never be called: else only a push would find out."""
    for flux in _receivers(config):
        try:
            found = secret(env=flux.receiver_url_env, file=flux.receiver_url_file, environ=environ)
        except ConfigError:  # said already
            continue
        if found and not may_be_called(found.get_secret_value(), insecure=flux.insecure):
            needs = "https is needed, or insecure: true"
            yield f"flux: what {flux.name} holds is no address that is called: {needs}"


def _receivers(config: Config) -> Iterator[Flux]:
    yield from dict.fromkeys(policy.flux for policy in config.policies.values() if policy.flux is not None)


def _signing_keys(config: Config) -> Iterator[tuple[str, str | None]]:
    if config.commit.signing is not None:
        yield "commit.signing", config.commit.signing.key_file
    for name, repository in config.repositories.items():
        if repository.commit is not None and repository.commit.signing is not None:
            yield f"repositories.{name}.commit.signing", repository.commit.signing.key_file


def _files(config: Config) -> Iterator[tuple[str, str | None]]:
    """Those of more than one line."""
    for host, forge in config.forges.items():
        for app in forge.installations:
            yield _of_app(host, forge, app), app.private_key_file
    yield from ((f"registries.{host}", each.docker_config) for host, each in config.registries.items())
    for user, credential in _credentials(config):
        yield user, credential.ssh_key_file
        yield user, credential.known_hosts_file
    yield from _signing_keys(config)
    yield from ((_argocd(cluster), each.ca_file) for cluster, each in config.argocds.items())
    yield from ((user, each.ca_file) for user, each in _watching(config))
    for user, signatory in signatories(config):
        yield user, signatory.file if isinstance(signatory, PublicKey) else signatory.trusted_root


def _of_app(host: str, forge: Forge, app: AppInstallation) -> str:
    return f"forges.{host}.apps, app {app.app_id}" if forge.apps else f"forges.{host}"


def _unusable_authorities(config: Config) -> Iterator[str]:
    for user, file in _authorities(config):
        if file is not None and (why := _why_no_authority(file)) is not None:
            yield f"{user}: {why}"


def _authorities(config: Config) -> Iterator[tuple[str, str | None]]:
    yield "tls.ca_file", config.tls.ca_file
    for host, forge in config.forges.items():
        yield f"forges.{host}.tls.ca_file", forge.tls.ca_file
    for host, registry in config.registries.items():
        yield f"registries.{host}.tls.ca_file", registry.tls.ca_file


def _why_no_authority(file: str) -> str | None:
    try:
        Path(file).read_bytes()
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        return f"the file {file} holds no certificate: it has to be PEM, as -----BEGIN CERTIFICATE-----"
    except OSError as error:
        return f"the file {file} cannot be read ({error.strerror})"
    return None


def signatories(config: Config) -> Iterator[tuple[str, Signatory]]:
    """Those whose signatures gates ask for: a key is no secret, but has to be there."""
    for placement, policy in config.policies.items():
        gate = policy.gates.get("signature")
        for signatory in gate.signatories if isinstance(gate, Signature) else ():
            yield f"gates.signature of {placement.environment}", signatory


def _credentials(config: Config) -> Iterator[tuple[str, ForgeCredential]]:
    for host, forge in config.forges.items():
        yield f"forges.{host}", forge
    for name, repository in config.repositories.items():
        yield f"repositories.{name}", repository


def _named(config: Config) -> Iterator[tuple[str, str | None, str | None]]:
    for user, credential in _credentials(config):
        yield user, credential.token_env, credential.token_file
    for host, registry in config.registries.items():
        yield f"registries.{host}", registry.username_env, None
        yield f"registries.{host}", registry.password_env, registry.password_file
    for cluster, argocd in config.argocds.items():
        yield _argocd(cluster), argocd.token_env, argocd.token_file
    for user, server in _watching(config):
        yield user, server.token_env, server.token_file
        yield user, server.username_env, None
        yield user, server.password_env, server.password_file
    for flux in _receivers(config):
        yield "flux", flux.receiver_url_env, flux.receiver_url_file


def _argocd(cluster: str | None) -> str:
    return f"clusters.{cluster}.argocd" if cluster else "argocd"


def _watching(config: Config) -> Iterator[tuple[str, MonitoringServer]]:
    for cluster, prometheus in config.prometheuses.items():
        user = f"clusters.{cluster}.prometheus" if cluster else "prometheus"
        yield user, prometheus
        if prometheus.alertmanager is not None:
            yield f"{user}.alertmanager", prometheus.alertmanager


def _served(config: Config) -> Iterator[tuple[str, str | None, str | None]]:
    """What only the service needs."""
    for number, route in enumerate(config.notifications.routes):
        yield f"notifications.routes[{number}]", route.to_env, route.to_file
    service = config.service
    yield "service.webhook_secret", service.webhook_secret_env, service.webhook_secret_file
    yield "service", service.token_env, service.token_file
    shared = config.engine.procrastinate
    if shared is not None:
        yield "engine.procrastinate", shared.dsn_env, shared.dsn_file


def _text(file: str) -> str:
    try:
        return Path(file).read_text()
    except OSError as error:
        raise ConfigError(f"the file {file} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ConfigError(f"the file {file} is no text") from None


def _sound(what: str, text: str) -> SecretStr:
    """Without the line break that editors leave; one inside would break the header it is sent in."""
    found = text.strip()
    if not found:
        raise ConfigError(f"{what} is not set" if what.startswith("the env") else f"{what} is empty")
    if not found.isprintable():
        raise ConfigError(f"{what} holds more than one line")
    return SecretStr(found)
