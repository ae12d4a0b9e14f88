"""To keep what our commits say where a squash makes one of them all. I/O.

Gitea's own message has nothing but the title of the pull request: the trailers would be lost.
"""

from collections.abc import Mapping

from updater.adapters.gitea.gateway import GiteaGateway


class SquashWords:
    def __init__(self, gateway: GiteaGateway) -> None:
        self._gateway = gateway

    def of(self, path: str, method: str) -> Mapping[str, str]:
        """Title and text of the commit, by the pull request's path; nothing where the commits stay."""
        if method != "squash":
            return {}
        with self._gateway.sense():
            found = [*self._gateway.pages(f"{path}/commits", {"verification": "false", "files": "false"})]
            messages = [str(each["commit"]["message"]).strip() for each in reversed(found)]
        if len(messages) != 1:
            return _fields(text="\n\n".join(messages))
        title, _, text = messages[0].partition("\n")
        number = path.rpartition("/")[2]
        return _fields(title=f"{title} (#{number})", text=text.strip())


def _fields(*, title: str = "", text: str) -> Mapping[str, str]:
    """By both names: Forgejo, and Gitea before 1.26, know only those without underscores."""
    given = {"merge_title_field": title, "merge_message_field": text}
    given |= {"MergeTitleField": title, "MergeMessageField": text}
    return {name: value for name, value in given.items() if value}
