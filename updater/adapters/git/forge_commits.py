"""To let the forge make our commits, so that it signs them, before we push them ourselves. I/O.

The forge makes commits on branches only. So each chain of them grows on a branch of its own beside the one it
is for, is fetched, compared with what was planned, and pushed as every other: with exact leases, all or none.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple

from updater.adapters.git import push
from updater.adapters.git.drafts import CommitIdentity
from updater.adapters.git.mirror import Mirror
from updater.adapters.git.push import RefMove
from updater.errors import Refused, UpdaterError
from updater.model import RefUpdate
from updater.ports import CommitMaker
from updater.reasons import failure_reasons
from updater.value_class import value_class

_BRANCH = "updater/signing/"
_EXECUTABLE = "100755"
_SEPARATOR = "\x1f"
_LOOK = f"--format=%H{_SEPARATOR}%T{_SEPARATOR}%an <%ae>{_SEPARATOR}%ae"


def refuse_modes(modes: Mapping[str, str]) -> None:
    """The forge makes a plain file of whatever it writes. By path; raises Refused."""
    for path, mode in modes.items():
        if mode == _EXECUTABLE:
            raise Refused(
                f"{path} is executable, which commits made by GitHub do not keep: take that from it "
                "(`git update-index --chmod=-x`), or sign with a key "
                "(`commit: {signing: {format: ssh, …}}`). Nothing was pushed.",
                reason=failure_reasons.REMADE_OTHERWISE,
            )


class ForgeCommit(NamedTuple):
    tips: list[str]
    beside: list[RefMove]
    """The branches they grew on, to be deleted in the push that brings them where they belong."""


@value_class
class ForgeCommitter:
    mirror: Mirror
    maker: CommitMaker
    identity: CommitIdentity
    seconds: float

    def remade(self, updates: Sequence[RefUpdate], planned: Sequence[str]) -> ForgeCommit:
        """The forge's commits, one tip for each update. Raises LostRace, Refused or Unavailable."""
        refs = [f"refs/heads/{_BRANCH}{number}" for number in range(len(updates))]
        made = dict[str, str]()
        try:
            self._start(updates, refs)
            for update, ref in zip(updates, refs, strict=True):
                for head in self._grow(update, ref):
                    made[ref] = head
            self.mirror.fetch_refs(refs)
            for update, ref, plan in zip(updates, refs, planned, strict=True):
                self._compare(update, made[ref], plan)
        except UpdaterError:
            known = {ref: made.get(ref) or self.mirror.known(ref) for ref in refs}
            self.drop([RefMove(ref, None, sha) for ref, sha in known.items() if sha])
            raise
        return ForgeCommit(list(made.values()), [RefMove(ref, None, sha) for ref, sha in made.items()])

    def drop(self, beside: Sequence[RefMove]) -> None:
        """As far as it goes: whatever stays is written over the next time."""
        if not beside:
            return  # git takes a push of nothing for one of what it thinks best
        with suppress(UpdaterError):
            found, _ = self.mirror.push(beside, atomic=False)
            self.mirror.record_refs([move for move in beside if found[move.ref].well], [])

    def _start(self, updates: Sequence[RefUpdate], refs: Sequence[str]) -> None:
        """What a killed process has left there is written over; what another is at work on is not."""
        moves = [
            RefMove(ref, update.onto, self.mirror.known(ref))
            for update, ref in zip(updates, refs, strict=True)
        ]
        found, said = self.mirror.push(moves, atomic=False)
        errors = push.verdicts(found, said, self.mirror.url).values()
        self.mirror.record_refs([move for move in moves if found[move.ref].well], [])
        for error in errors:
            if error is not None:
                raise error

    def _grow(self, update: RefUpdate, ref: str) -> Iterator[str]:
        head = _parent(update)
        for draft in update.drafts:
            head = self.maker.commit(ref.removeprefix("refs/heads/"), head, draft)
            yield head

    def _compare(self, update: RefUpdate, made: str, planned: str) -> None:
        """Byte for byte, commit by commit, and by the identity we know our commits by."""
        ours, theirs = (self._listed(_parent(update), tip) for tip in (planned, made))
        if [tree for _, tree, _, _ in ours] != [tree for _, tree, _, _ in theirs]:
            raise Refused(
                f"What {self.mirror.url} made of a commit is not what was planned: sign with a key instead "
                "(`commit: {signing: {format: ssh, …}}`). Nothing was pushed.",
                reason=failure_reasons.REMADE_OTHERWISE,
            )
        for _, _, author, mail in theirs:
            if mail != self.identity.email:
                raise Refused(
                    f"{self.mirror.url} makes commits of {author}: set `commit: {{email: {mail}}}`, since "
                    "they are known again by that address. Nothing was pushed.",
                    reason=failure_reasons.AUTHOR_DIFFERS,
                )

    def _listed(self, base: str, tip: str) -> list[tuple[str, str, str, str]]:
        words = ("log", "--reverse", _LOOK, f"{base}..{tip}")
        lines = self.mirror.commands.run(*words, seconds=self.seconds).output.splitlines()
        found = (line.split(_SEPARATOR) for line in lines)
        return [(sha, tree, author, mail) for sha, tree, author, mail in found]


def _parent(update: RefUpdate) -> str:
    assert update.onto is not None, "the forge makes commits on branches, and none of ours begins anew"
    return update.onto
