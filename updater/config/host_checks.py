"""To check what is said of the hosts: repositories, forges, registries, who signs. Pure."""

from __future__ import annotations

import re

from updater.clear_text import sends_in_the_clear
from updater.config.addresses import host_of, project_of
from updater.config.credentials import NAMELESS
from updater.config.forges import OF_OTHERS, Forge
from updater.config.policies import Policy
from updater.config.repositories import Repository
from updater.config.resolution import Resolution
from updater.forges import FORGES, kind_of_host, kind_with_host
from updater.model import Chart
from updater.strict_yaml.faults import unknown_word


def check_repositories(resolution: Resolution) -> None:
    seen: dict[tuple[str, str], str] = {}
    for name, repository in resolution.main.repositories.items():
        place = resolution.main_at.child("repositories", name)
        key = (repository.url.rstrip("/").removesuffix(".git").lower(), repository.branch)
        first = seen.setdefault(key, name)
        if first != name:
            resolution.faults.add(place.fault(f"has the url and the branch of {first}: keep one of them"))
        has_token = repository.has_token or host_of(repository.url) in resolution.main.forges
        if has_token and sends_in_the_clear(repository.url):
            sentence = "this address would send the token in the clear: use https"
            resolution.faults.add(place.child("url").fault(sentence))


def check_registries(resolution: Resolution) -> None:
    for name, registry in resolution.main.registries.items():
        host, slash, _ = name.partition("/")
        for setting in registry.of_the_host if slash else ():
            place = resolution.main_at.child("registries", name, setting)
            resolution.faults.add(place.fault(f"this is of the whole host: write it under {host}"))


def check_charts(resolution: Resolution) -> None:
    """What comes in plain text anybody on the way may write."""
    for placement, policy in resolution.policies.items():
        for image in policy.images:
            entry = resolution.main.registries.get(image.registry)
            if isinstance(image, Chart) and sends_in_the_clear(str(image)) and not (entry and entry.insecure):
                sentence = f"{image} is read in plain text: use https, or say insecure: true under registries"
                resolution.faults.add(resolution.places[placement].fault(sentence))


def check_forges(resolution: Resolution) -> None:
    repositories = resolution.main.repositories.values()
    for host, forge in resolution.main.forges.items():
        own = [repository.has_token for repository in repositories if host_of(repository.url) == host]
        if not (forge.may_speak or forge.ssh_key_file or (own and all(own))):
            resolution.faults.add(resolution.main_at.child("forges", host).fault(NAMELESS))
        kind = kind_with_host(host) if forge.says_kind and not forge.api else None
        if kind is not None and kind.name != forge.kind:
            at = resolution.main_at.child("forges", host, "kind")
            resolution.faults.add(at.fault(f"{host} is {kind.title}: write {kind.name}, or leave it out"))
        if not forge.at(host).api:
            where, there = resolution.main_at.child("forges", host), forge.capabilities
            only = f"{there.title} is at {', '.join(there.apis)} alone; one of your own has another API"
            resolution.faults.add(where.fault(f"{only}: {OF_OTHERS}; leave it out of `forges` then"))
    check_proposing(resolution)


def check_proposing(resolution: Resolution) -> None:
    for policy in resolution.policies.values():
        needs = _needs_forge(policy)
        if needs is None:
            continue
        repository = resolution.main.repositories[policy.repository]
        place = resolution.main_at.child("repositories", policy.repository, "url")
        host = host_of(repository.url)
        if host is None:
            sentence = f"{needs}, and this url leads to no forge: use its address there, or deliver otherwise"
            resolution.faults.add(place.fault(sentence))
        elif _lacks_token(forge := resolution.main.forges.get(host), repository):
            resolution.faults.add(place.fault(f"{needs}, so name a token: {_entry_for(host)}"))
        elif forge is not None and not forge.says_kind and kind_of_host(host) is None:
            *kinds, last = (f"`kind: {name}`" for name in FORGES)
            known = f"{', '.join(kinds)} or {last}"
            said = f"{needs}, so say what {host} is: {known}; `updater doctor` asks whether that is so"
            sentence = f"{said}; {OF_OTHERS}"
            resolution.faults.add(resolution.main_at.child("forges", host).fault(sentence))
        elif forge is not None and (why := _why_no_address(forge.at(host), host, repository.url)):
            resolution.faults.add(place.fault(why))


def _needs_forge(policy: Policy) -> str | None:
    """What opens pull requests there, in words; None: nothing does."""
    environment, verify = policy.placement.environment, policy.verify
    if policy.deliver == "pull-request":
        return f"{environment} delivers by pull request"
    if verify is None or verify.then == "tell":
        return None
    proposes = verify.then == "propose" or verify.deliver == "pull-request"
    return f"verify of {environment} proposes the way back by pull request" if proposes else None


def _why_no_address(forge: Forge, host: str, url: str) -> str | None:
    """Where this kind of forge has no repository at such an address."""
    kind = forge.capabilities
    if re.fullmatch(kind.path, project_of(url)):
        return None
    example = kind.example.format(host=host)
    return (
        f"this is no address of a repository on {kind.title}: write it like {example}, with %20 for a blank"
    )


def _entry_for(host: str) -> str:
    """What to write, with the kind where the name of the host does not say it."""
    kind = kind_of_host(host)
    if kind is not None:
        return f'forges: {{"{host}": {{token_env: {kind.token_env}}}}}'
    return f'forges: {{"{host}": {{kind: {"|".join(FORGES)}, token_env: FORGE_TOKEN}}}}; {OF_OTHERS}'


def check_signing(resolution: Resolution) -> None:
    for name, repository in resolution.main.repositories.items():
        signing = resolution.main.commit.with_own(repository.commit).signing
        if signing is None or signing.format != "github":
            continue
        host = host_of(repository.url) or ""
        forge = resolution.main.forges.get(host)
        signs = forge is not None and forge.at(host).capabilities.makes_commits
        if forge is None or not signs or not (forge.may_speak or repository.has_token):
            own = repository.commit is not None and "signing" in repository.commit.model_fields_set
            place = resolution.main_at.child(*(("repositories", name) if own else ()), "commit", "signing")
            sentence = f"{name} is on no GitHub that forges has a token for: sign by ssh or gpg"
            resolution.faults.add(place.fault(sentence))


def check_sources(resolution: Resolution) -> None:
    """Where apps are declared in a repository, it has to be clear in which."""
    known = resolution.main.repositories
    for number, source in enumerate(resolution.main.apps):
        place = resolution.main_at.child("apps")
        at = place.child(number) if place.child(number).where != place.where else place
        if source.repository is None and len(known) > 1:
            resolution.faults.add(at.fault(f"repository is missing: name one of {', '.join(known)}"))
        elif source.repository is not None and source.repository not in known:
            sentence = unknown_word("repository", source.repository, known)
            resolution.faults.add(at.child("repository").fault(sentence))


def _lacks_token(forge: Forge | None, repository: Repository) -> bool:
    """One without any credential is a fault of its own."""
    only_ssh = forge is not None and not forge.may_speak and forge.ssh_key_file is not None
    return forge is None or (only_ssh and not repository.has_token)
