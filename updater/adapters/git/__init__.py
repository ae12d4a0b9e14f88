"""To read and write a deploy repository through a bare clone kept between passes. I/O."""

from updater.adapters.git.access import Access
from updater.adapters.git.clone import Clone
from updater.adapters.git.drafts import CommitIdentity
from updater.adapters.git.signing import GpgSigner, Signer, SshSigner

__all__ = ["Access", "Clone", "CommitIdentity", "GpgSigner", "Signer", "SshSigner"]
