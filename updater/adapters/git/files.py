"""To read files as of a commit. I/O."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from updater.adapters.git.objects import LARGEST, Blobs, TreeEntry, Trees, above
from updater.errors import Refused, UpdaterError
from updater.model import File
from updater.reasons import failure_reasons

_SYMLINK = "120000"
_ODD_KINDS = {"tree": failure_reasons.FOLDER, "commit": failure_reasons.SUBMODULE}


@dataclass(slots=True)
class Files:
    trees: Trees
    blobs: Blobs
    url: str

    def read(self, commit: str, paths: Collection[str]) -> Mapping[str, File | UpdaterError | None]:
        """Raises GitFailed."""
        entries = self.trees.entries(commit, paths)
        refusals = {path: self._refusal(path, entries) for path in paths}
        plain = {path: entry for path in paths if (entry := entries[path]) and not refusals[path]}
        contents = self.blobs.remembered({entry.id for entry in plain.values()})
        return {
            path: self._file(path, plain[path], contents[plain[path].id]) if path in plain else refusals[path]
            for path in paths
        }

    def _refusal(self, path: str, entries: Mapping[str, TreeEntry | None]) -> Refused | None:
        entry = entries[path]
        if entry and entry.kind in _ODD_KINDS:
            kind = _ODD_KINDS[entry.kind]
            return Refused(f"{path} in {self.url} is a {kind}: name a file.", reason=kind)
        for step in (path, *above(path)):
            if (found := entries[step]) and found.mode == _SYMLINK:
                return Refused(
                    f"{step} in {self.url} is a symbolic link: name what it points to.",
                    reason=failure_reasons.SYMLINK,
                )
            if found and step != path and found.kind == "commit":
                return Refused(
                    f"{path} in {self.url} is inside the submodule {step}.", reason=failure_reasons.SUBMODULE
                )
        return None

    def _file(self, path: str, entry: TreeEntry, data: bytes | None) -> File | Refused:
        if data is None:
            return Refused(
                f"{path} in {self.url} is larger than {LARGEST >> 20} MiB.", reason=failure_reasons.TOO_LARGE
            )
        return File(path, data, entry.id, entry.mode)
