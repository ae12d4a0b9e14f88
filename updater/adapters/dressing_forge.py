"""The verbs that are the same on forges where labels and people are given after a pull request is open."""

from __future__ import annotations

from abc import abstractmethod

from updater.adapters.metadata_upserts import MetadataUpserts
from updater.adapters.upserting_forge import UpsertingForge
from updater.model import MetadataItem, OpenPullRequest, PullRequest, PullRequestMetadata, SetMetadata


class DressingForge(UpsertingForge):
    """Part of a forge's reader and writer (see ports); a kind brings how one is found, opened and named."""

    _metadata: MetadataUpserts

    def open(self, step: OpenPullRequest) -> str:
        """Open it, or adopt the one that is open from this branch to this base; its URL.

        Labels and people it never had are set, also where a former process died before it came to that.
        """
        found = self._find(step)
        if found is None:
            number, url = self._create(step)
            self._metadata.note_new(number)
        else:
            number, url = found.number, self._texts.adopt(found, title=step.title, body=step.body)
        if step.metadata.without(found.metadata_items if found else ()) != PullRequestMetadata():
            self._metadata.set(number, step.metadata)
        return url

    def set_metadata(self, step: SetMetadata) -> str:
        self._metadata.set(step.number, step.metadata)
        return self._url(step.number)

    def metadata_history(self, number: int) -> frozenset[MetadataItem]:
        """What it had, as far as the forge tells or we gave it, and what the forge has refused to give it."""
        return self._metadata.of(number)

    @abstractmethod
    def _find(self, step: OpenPullRequest) -> PullRequest | None:
        """Raises LostRace where another has opened it, and it is over, since this process has read them."""

    @abstractmethod
    def _create(self, step: OpenPullRequest) -> tuple[int, str]:
        """Its number and URL."""

    @abstractmethod
    def _url(self, number: int) -> str: ...
