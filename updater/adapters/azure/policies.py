"""To read what a token's user may do in a repository, and what the policies of a branch demand. I/O."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from updater.adapters.azure.gateway import PREVIEW, AzureGateway
from updater.adapters.azure.shapes import HEADS
from updater.azure_address import AzureAddress
from updater.errors import Refused
from updater.model import BranchRules

_APPROVERS = "fa4e907d-c16b-4a4c-9dfa-4906e5d171dd"
_STATUS = "cbdc66da-9728-4af8-aada-9a5a32e4a226"
_BUILD = "0609b952-1397-4640-95ec-e00a01b2c241"
"""Kinds of policies, by numbers that are the same everywhere."""
_REPOSITORIES = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
"""What permissions are about."""
_CONTRIBUTE = 4
_MET = {"approved", "notApplicable"}


class AzurePolicies:
    def __init__(self, gateway: AzureGateway, address: AzureAddress) -> None:
        self._gateway = gateway
        self._address = address

    def of(self, branch: str) -> BranchRules:
        """Raises Refused or Unavailable."""
        repository = self._gateway.read(self._address.calls)
        with self._gateway.sense():
            binding = self._binding(str(repository["id"]), branch)
            return BranchRules(
                may_push=self._may_push(repository),
                archived=repository.get("isDisabled") is True,
                pull_request_required=bool(binding),
                reviews=max((_approvers(each) for each in binding), default=0),
                checks=tuple(check for each in binding if (check := _check(each))),
                checks_pushes=False,
            )

    def missing(self, pull: Mapping[str, Any]) -> bool:
        """Whether a policy still keeps it from being completed."""
        project = str(pull["repository"]["project"]["id"])
        artifact = f"vstfs:///CodeReview/CodeReviewId/{project}/{int(pull['pullRequestId'])}"
        path = f"{self._address.root}/_apis/policy/evaluations"
        found = self._gateway.whole(path, {"artifactId": artifact}, version=PREVIEW)
        return any(_binds(each["configuration"]) and each["status"] not in _MET for each in found)

    def _binding(self, repository: str, branch: str) -> list[Mapping[str, Any]]:
        """Of those that apply to a branch, not of those of its repository: its names of files, and sizes.

        A branch with a policy that has to be met takes no push.
        """
        path = f"{self._address.root}/_apis/git/policy/configurations"
        found = self._gateway.whole(path, {"repositoryId": repository, "refName": f"{HEADS}{branch}"})
        return [each for each in found if _binds(each) and _is_of_branches(each)]

    def _may_push(self, repository: Mapping[str, Any]) -> bool | None:
        """What the user may; nobody tells what the token may. None where it may not ask that."""
        token = f"repoV2/{repository['project']['id']}/{repository['id']}"
        path = f"{self._address.base}/_apis/permissions/{quote(_REPOSITORIES)}/{_CONTRIBUTE}"
        try:
            found = self._gateway.read(path, {"tokens": token})["value"]
        except Refused:
            return None
        return all(found)


def _binds(configuration: Mapping[str, Any]) -> bool:
    on = configuration["isEnabled"] and not configuration.get("isDeleted")
    return bool(on and configuration["isBlocking"])


def _is_of_branches(configuration: Mapping[str, Any]) -> bool:
    return any(scope.get("matchKind") for scope in configuration["settings"].get("scope") or ())


def _approvers(configuration: Mapping[str, Any]) -> int:
    if str(configuration["type"]["id"]).lower() != _APPROVERS:
        return 0
    return int(configuration["settings"].get("minimumApproverCount") or 0)


def _check(configuration: Mapping[str, Any]) -> str | None:
    """What has to be green: a status by genre and name, a build by its own."""
    settings, kind = configuration["settings"], str(configuration["type"]["id"]).lower()
    if kind == _STATUS:
        return "/".join(filter(None, (settings.get("statusGenre"), str(settings["statusName"]))))
    if kind == _BUILD:
        return str(settings.get("displayName") or f"build {settings.get('buildDefinitionId')}")
    return None
