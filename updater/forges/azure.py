"""Azure DevOps: Azure Repos of its Services, and of a Server of one's own. Pure values."""

from __future__ import annotations

from updater.azure_address import SERVICES, AzureAddress
from updater.forges.forge_kind import ForgeKind, ForgeSign, TextLimits


def _page(host: str, path: str) -> str:
    """Those that ssh goes to have no pages."""
    address = AzureAddress.of(path, host)
    return f"https://{SERVICES}{address.page}" if address else f"https://{host}/{path}"


AZURE = ForgeKind(
    name="azure",
    title="Azure DevOps",
    # The organization and the project stand before `_apis`, and come with the repository's own address.
    api="https://{host}",
    apis={
        "dev.azure.com": "https://dev.azure.com",
        "ssh.dev.azure.com": "https://dev.azure.com",
        "vs-ssh.visualstudio.com": "https://dev.azure.com",
    },
    called=("visualstudio",),
    token_env="AZURE_DEVOPS_TOKEN",  # noqa: S106 - the name of a variable
    path=r"(?:[^/]+/)*_git/(?:_full/|_optimized/)?[^/]+|v3(?:/[^/]+){3}",
    example="https://{host}/ORG/PROJECT/_git/REPO",
    sign=ForgeSign("Azure DevOps", "/_apis/connectionData", header="X-TFS-ProcessId"),
    # Of 4,000 characters, where an emoji in the words of a commit is two.
    longest=TextLimits(title=400, body=3_800, comment=150_000),
    rights="the scopes Code (Read & write) and Code (Status), and its user the right to contribute there",
    auto_merge=True,
    team_reviewers=True,
    changed_files=True,
    bears=frozenset({"labels", "reviewers"}),
    reopens=True,
    merge_lease=True,
    atomic_push=False,
    experimental=True,
    page_of_ssh=_page,
)
