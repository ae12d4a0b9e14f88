"""To let GitHub make commits, which it signs. I/O."""

import json
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from updater.adapters.github.errors import ApiTarget, graphql_refusal
from updater.adapters.github.gateway import GitHubGateway
from updater.model import CommitDraft

_MUTATION = """\
mutation Mutation($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid } }
}"""


class GitHubCommitMaker:
    """PyGithub has no word for this mutation, and makes one error of all that GraphQL can say."""

    def __init__(self, gateway: GitHubGateway, place: ApiTarget) -> None:
        self._gateway = gateway
        self._place = place

    def make(self, branch: str, onto: str, draft: CommitDraft) -> str:
        asked = {"query": _MUTATION, "variables": {"input": self._input(branch, onto, draft)}}
        _, _, body = self._gateway.requestJson("POST", self._gateway.graphql_url, input=asked)
        with self._gateway.sense():
            answer = json.loads(body)
            if answer.get("errors"):
                raise graphql_refusal(answer["errors"], self._place)
            return str(answer["data"]["createCommitOnBranch"]["commit"]["oid"])

    def _input(self, branch: str, onto: str, draft: CommitDraft) -> Mapping[str, Any]:
        headline, _, rest = draft.message.partition("\n")
        additions = [
            {"path": path, "contents": b64encode(content).decode()} for path, content in draft.files.items()
        ]
        return {
            "branch": {"repositoryNameWithOwner": self._place.repository, "branchName": branch},
            "message": {"headline": headline, "body": rest.strip("\n")},
            "fileChanges": {"additions": additions},
            "expectedHeadOid": onto,
        }
