"""To make drafts into commits and to push them with exact leases. I/O."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from updater.adapters.git import drafts, forge_commits, push, signing
from updater.adapters.git.address import is_name
from updater.adapters.git.drafts import CommitIdentity
from updater.adapters.git.forge_commits import ForgeCommit, ForgeCommitter
from updater.adapters.git.mirror import Mirror
from updater.adapters.git.objects import TreeEntry, Trees, above
from updater.adapters.git.push import PushResult, RefMove
from updater.adapters.git.signing import Signer
from updater.errors import LostRace, Refused, UpdaterError
from updater.model import CommitDraft, Placement, RefUpdate
from updater.ports import CommitMaker
from updater.reasons import failure_reasons

_REMEMBERED = 10_000
_HEADS = "refs/heads/"


@dataclass(slots=True)
class Writer:
    mirror: Mirror
    trees: Trees
    identity: CommitIdentity
    clock: Callable[[], datetime]
    seconds: float
    signer: Signer | None = None
    maker: CommitMaker | None = None
    _heads_only: bool = False
    """The host was seen to refuse refs outside `refs/heads/`."""
    _made: deque[str] = field(default_factory=lambda: deque(maxlen=_REMEMBERED))
    """The commits of this process, the last ones, whether or not an answer told that they were pushed."""

    def push(self, updates: Sequence[RefUpdate], *, atomic: bool) -> Mapping[str, UpdaterError | None]:
        """Raises Refused, Unavailable or GitFailed."""
        for update in updates:
            self._assert_right(update)
        if self.maker is not None and not atomic and len(updates) > 1:
            return {update.ref: self._alone(update) for update in updates}
        drafted = [update for update in updates if update.drafts]
        try:
            made = self._commit(drafted)
            tips = dict(zip((update.ref for update in drafted), made.tips, strict=True))
            try:
                answers = self._send([*_moves(updates, tips), *made.beside], atomic=atomic)
            finally:
                self._remember(drafted, made.tips)  # after it: whoever pushes meanwhile wins
            if left := [move for move in made.beside if answers[move.ref] is not None]:
                self._remaker.drop(left)
            return {update.ref: answers[update.ref] for update in updates}
        finally:
            self.mirror.record_refs([], [drafts.draft_ref(number) for number in range(len(drafted))])

    def is_mine(self, commit: str) -> bool:
        return commit in self._made

    def _remember(self, drafted: Sequence[RefUpdate], tips: Sequence[str]) -> None:
        if drafted:
            pairs = zip((update.onto for update in drafted), tips, strict=True)
            asked = "".join(f"{tip}\n" + (f"^{onto}\n" if onto else "") for onto, tip in pairs)
            words = ("rev-list", "--stdin")
            listed = self.mirror.commands.run(*words, given=asked.encode(), seconds=self.seconds).output
            self._made.extend(listed.split())

    @property
    def _remaker(self) -> ForgeCommitter:
        assert self.maker is not None, "only its commits grow on a branch of their own"
        return ForgeCommitter(self.mirror, self.maker, self.identity, self.seconds)

    def _alone(self, update: RefUpdate) -> UpdaterError | None:
        """What the forge makes of one branch, or does not, is nothing to the others."""
        try:
            return self.push([update], atomic=False)[update.ref]
        except (LostRace, Refused) as error:
            return error

    def delete(self, ref: str, expected: str) -> None:
        """Raises LostRace, Refused or Unavailable."""
        _require(_is_writable(ref), f"{ref} is no ref of ours, and never deleted")
        move = RefMove(ref, None, expected)
        found, said = self.mirror.push([move], atomic=False)
        error = push.verdicts(found, said, self.mirror.url)[ref]
        if isinstance(error, LostRace) and self.mirror.on_remote(ref) is None:
            error = None
        if error is not None:
            raise error
        self.mirror.record_refs([move], [])

    def try_ref(self, ref: str) -> None:
        """Only a push tells whether the host takes it."""
        draft = CommitDraft(Placement("", ""), "Try whether this ref is taken\n", {})
        left = self.mirror.on_remote(ref)
        error = self.push([RefUpdate(ref, None, (draft,), left)], atomic=False)[ref]
        if error is not None:
            raise error
        self.delete(ref, self.mirror.known(ref) or "")

    def _assert_right(self, update: RefUpdate) -> None:
        base = update.ref == self.mirror.base
        _require(base or _is_writable(update.ref), f"{update.ref} is no ref of ours")
        _require(not base or bool(update.drafts), "the base branch only moves by new commits")
        _require(not base or update.onto == update.expected, "the base branch is never rewound")

    def _commit(self, drafted: Sequence[RefUpdate]) -> ForgeCommit:
        """The new tip of each ref. The objects are kept by refs of our own until they are pushed."""
        if not drafted:
            return ForgeCommit([], [])
        modes = [drafts.modes(update, self._entries(update)) for update in drafted]
        if self.maker is not None:
            forge_commits.refuse_modes({path: mode for each in modes for path, mode in each.items()})
        given = drafts.stream(list(zip(drafted, modes, strict=True)), self.identity.signature(self.clock()))
        said = self.mirror.commands.run(
            "fast-import", "--quiet", "--done", "--force", given=given, seconds=self.seconds
        )
        return self._signed(drafted, said.output.split())

    def _signed(self, drafted: Sequence[RefUpdate], tips: list[str]) -> ForgeCommit:
        if self.maker is not None:
            beside = not any(update.ref.startswith(_HEADS) for update in drafted)  # of these no rule asks it
            return ForgeCommit(tips, []) if beside else self._remaker.remade(drafted, tips)
        if self.signer is not None:
            pairs = [(update.onto, tip) for update, tip in zip(drafted, tips, strict=True)]
            tips = signing.sign_commits(self.mirror.commands, pairs, self.signer, self.seconds)
        return ForgeCommit(tips, [])

    def _entries(self, update: RefUpdate) -> Mapping[str, TreeEntry | None]:
        paths = {path for draft in update.drafts for path in draft.files}
        if update.onto is None:
            return dict.fromkeys(step for path in paths for step in (path, *above(path)))
        return self.trees.entries(update.onto, paths)

    def _send(self, moves: Sequence[RefMove], *, atomic: bool) -> Mapping[str, UpdaterError | None]:
        outside = {move.ref for move in moves if not move.ref.startswith(_HEADS)}
        if atomic and self._heads_only and outside:
            return self._without(moves, outside)
        found, said = self.mirror.push(moves, atomic=atomic)
        refused = push.refused_beside_heads(found, said) if atomic else set()
        if refused and len(refused) < len(moves):
            answers = self._without(moves, refused)
            self._heads_only = any(error is None for error in answers.values())
            return answers
        return self._settled(moves, found, said)

    def _without(self, moves: Sequence[RefMove], refused: set[str]) -> Mapping[str, UpdaterError | None]:
        kept = [move for move in moves if move.ref not in refused]
        found, said = self.mirror.push(kept, atomic=True)
        url = self.mirror.url
        why = {
            ref: Refused(
                f"{url} takes no refs outside refs/heads: {ref} is left out.",
                reason=failure_reasons.REF_REFUSED,
            )
            for ref in refused
        }
        return {**self._settled(kept, found, said), **why}

    def _settled(
        self, moves: Sequence[RefMove], found: Mapping[str, PushResult], said: str
    ) -> Mapping[str, UpdaterError | None]:
        answers = push.verdicts(found, said, self.mirror.url)
        self.mirror.record_refs([move for move in moves if answers[move.ref] is None], [])
        return answers


def _require(holds: bool, rule: str) -> None:
    if not holds:
        raise AssertionError(rule)  # not a statement that -O takes out: it guards somebody's branch


def _is_writable(ref: str) -> bool:
    return ref.startswith(("refs/heads/updater/", "refs/updater/")) and is_name(ref)


def _moves(updates: Sequence[RefUpdate], tips: Mapping[str, str]) -> list[RefMove]:
    moves: list[RefMove] = []
    for update in updates:
        before = moves[-1].to if moves else update.onto
        moves.append(RefMove(update.ref, tips.get(update.ref, before), update.expected))
    return moves
