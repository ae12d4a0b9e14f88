"""The pages of the embedded GitHub, for people who try the sandbox in a browser."""

import re
from html.parser import HTMLParser

import pytest
import requests

from updater.sandbox.github.pages.rendering import HomeLink

BRANCH = "updater/app/production--shop"
BODY = """\
Moves **shop**
on *two* lines, ~~not one~~.

| | |
|---|--:|
| tag | `2` |

- [x] soaked
- [ ] merged

<details><summary>More</summary>

after #1, not #99

</details>
<b>bold</b> <script>alert(1)</script> <img src="x" onerror="alert(2)"> [here](javascript:alert(3))
</main></article></body>
<!-- updater {"v":1} -->
"""


@pytest.fixture
def pull(hub):
    hub.create_branch("org/deploy", BRANCH)
    hub.commit("org/deploy", BRANCH, {"apps/shop.yaml": "tag: 2\n"}, "Bump")
    return hub.open("org/deploy", BRANCH, title="shop <2>", body=BODY)


@pytest.fixture
def path(hub, pull):
    hub.show_pages()
    return f"/org/deploy/pull/{pull}"


def press(hub, path, act):
    """The button as a browser presses it."""
    button = re.search(
        rf'action="{path}/{act}"><input type="hidden" name="button" value="(\w+)"', seen(hub, path)
    )
    return requests.post(f"{hub.url}{path}/{act}", data={"button": button[1]}, timeout=5)


def seen(hub, path):
    answer = requests.get(f"{hub.url}{path}", timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.text


def words(html):
    """What is to be read, with one blank between words; styles are not."""
    found = []
    reader = HTMLParser()
    reader.handle_data = found.append
    reader.feed(re.sub("(?s)<style>.*?</style>", "", html))
    return " ".join(" ".join(found).split())


def buttons(html):
    return re.findall(r"<button[^>]*>([^<]+)", html)


def test_without_being_asked_for_there_are_none(hub, pull):
    for page in ("/", "/org/deploy", f"/org/deploy/pull/{pull}"):
        assert requests.get(f"{hub.url}{page}", timeout=5).status_code == 404
    assert requests.post(f"{hub.url}/org/deploy/pull/{pull}/merge", timeout=5).status_code == 404
    assert hub.pull("org/deploy", pull).state == "open"


# --- a pull request -------------------------------------------------------------------------------------


def test_a_body_is_shown_as_github_shows_markdown(hub, path):
    page = seen(hub, path)
    assert "shop &lt;2&gt;" in page
    assert "<strong>shop</strong><br>" in page
    assert "<s>not one</s>" in page
    assert '<td align="right"><code>2</code></td>' in page
    assert '<input type="checkbox" disabled checked="" aria-label="Completed task"> soaked' in page
    assert '<input type="checkbox" disabled aria-label="Incomplete task"> merged' in page
    assert "<details><summary>More</summary>" in page
    assert f'after <a href="{path}" rel="nofollow">#1</a>, not #99' in page
    assert "<b>bold</b>" in page


def test_what_github_does_not_let_through_is_shown_as_text(hub, path):
    page = seen(hub, path)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert '<img src="x">' in page.replace(' alt=""', "")
    assert "&lt;/main&gt;" in page
    assert page.count("</main>") == page.count("</body>") == 1
    assert 'href="javascript' not in page
    assert "updater {" not in page
    policy = requests.get(f"{hub.url}{path}", timeout=5).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src")  # no script, whatever slips through


def test_it_is_shown_with_its_commits_checks_labels_and_difference(hub, path, pull):
    head = hub.pull("org/deploy", pull).head_sha
    hub.set_status("org/deploy", head, "updater/gates", "pending", "waits until noon")
    hub.label("org/deploy", pull, "updater:stop")
    hub.comment("org/deploy", pull, "not **yet**", "bob")
    page = seen(hub, path)
    read = words(page)
    assert "alice wants to merge updater/app/production--shop into main" in read
    assert "● pending updater/gates waits until noon It can be merged, but not all" in read
    assert "alice added the label updater:stop" in read
    assert "bob commented" in read
    assert "not <strong>yet</strong>" in page
    assert f'href="/org/deploy/commit/{head}">Bump</a>' in page
    assert "1 file changed +1" in read
    assert "-tag: <mark>1</mark>" in page
    assert "+tag: <mark>2</mark>" in page
    assert buttons(page) == ["Merge pull request", "Close"]


def test_it_is_merged_by_its_button(hub, path):
    page = press(hub, path, "merge").text
    assert hub.read("org/deploy", "main", "apps/shop.yaml") == b"tag: 2\n"
    assert "alice merged this as" in words(page)
    assert f"/org/deploy/commit/{hub.head('org/deploy', 'main')}" in page
    assert "+tag: <mark>2</mark>" in page  # what it changed can still be read
    assert buttons(page) == []
    merged = seen(hub, f"/org/deploy/commit/{hub.head('org/deploy', 'main')}")
    assert f'<a href="{path}">pull request #1</a>' in merged


def test_it_is_closed_and_opened_again_by_its_buttons(hub, path, pull):
    page = press(hub, path, "close").text
    assert "alice closed this without merging it" in words(page)
    assert hub.pull("org/deploy", pull).state == "closed"
    assert hub.pull("org/deploy", pull).merged_at is None
    assert buttons(page) == ["Reopen"]
    page = press(hub, path, "reopen").text
    assert buttons(page) == ["Merge pull request", "Close"]
    assert hub.pull("org/deploy", pull).state == "open"


def test_one_whose_branch_is_gone_is_not_opened_again(hub, path, pull):
    hub.close("org/deploy", pull)
    form = re.search(r'name="button" value="(\w+)"', seen(hub, path))[1]
    hub.delete_branch("org/deploy", BRANCH)
    assert buttons(seen(hub, path)) == []
    answer = requests.post(f"{hub.url}{path}/reopen", data={"button": form}, timeout=5)
    assert answer.status_code == 409
    assert "cannot be reopened" in answer.text


def test_a_button_of_a_page_that_is_old_by_now_changes_nothing(hub, path, pull):
    form = re.search(r'name="button" value="(\w+)"', seen(hub, path))[1]
    hub.merge("org/deploy", pull)
    head = hub.head("org/deploy", "main")
    for act in ("merge", "close", "reopen"):
        answer = requests.post(f"{hub.url}{path}/{act}", data={"button": form}, timeout=5)
        assert answer.status_code == 409
    assert hub.pull("org/deploy", pull).merged_at
    assert hub.head("org/deploy", "main") == head


def test_one_that_conflicts_has_no_button_to_merge_it(hub, path):
    hub.commit("org/deploy", "main", {"apps/shop.yaml": "tag: 3\n"}, "Another")
    page = seen(hub, path)
    assert "It conflicts with its base branch" in page
    assert buttons(page) == ["Close"]


def test_pull_requests_are_listed_by_what_became_of_them(hub, path, pull):
    for number, state in enumerate(("open", "merged", "closed"), pull):
        if number > pull:
            hub.create_branch("org/deploy", f"branch-{state}", "main")
            hub.commit("org/deploy", f"branch-{state}", {f"{state}.yaml": "1\n"}, "More")
            hub.open("org/deploy", f"branch-{state}", title=f"was {state}")
    hub.merge("org/deploy", pull + 1)
    hub.close("org/deploy", pull + 2)
    listed = {
        state: seen(hub, f"/org/deploy/pulls?state={state}") for state in ("merged", "closed", "all", "")
    }
    assert re.findall(r'class="title" href="[^"]+">([^<]+)', listed["merged"]) == ["was merged"]
    assert re.findall(r'class="title" href="[^"]+">([^<]+)', listed["closed"]) == ["was closed"]
    assert re.findall(r'class="title" href="[^"]+">([^<]+)', listed[""]) == ["shop &lt;2&gt;"]
    assert "open 1 merged 1 closed 1 all 3" in words(listed["all"])


# --- a file ---------------------------------------------------------------------------------------------


def saved(hub, path, text):
    page = seen(hub, path)
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="(\w*)">', page))
    action = re.search(r'class="edit" method="post" action="([^"]+)"', page)[1]
    return lambda: requests.post(f"{hub.url}{action}", data={**form, "text": text}, timeout=5)


def test_a_new_file_is_begun_as_the_address_says_and_an_old_one_edited(hub):
    hub.show_pages()
    new = "/org/deploy/new/main?filename=.updater/holds.yaml&value=holds:%0A  - <b>%0A"
    assert "<textarea" in seen(hub, new)
    assert "holds:\n  - &lt;b&gt;\n</textarea>" in seen(hub, new)
    assert "Create .updater/holds.yaml" in saved(hub, new, "holds: []\r\n")().text
    assert hub.read("org/deploy", "main", ".updater/holds.yaml") == b"holds: []\n"
    edit = "/org/deploy/edit/main/.updater/holds.yaml"
    assert "holds: []\n</textarea>" in seen(hub, edit)
    save, late = saved(hub, edit, "holds:\n"), saved(hub, edit, "lost:\n")
    assert save().status_code == 200
    assert late().status_code == 409
    assert hub.read("org/deploy", "main", ".updater/holds.yaml") == b"holds:\n"


@pytest.mark.parametrize("file", ["", "../x", "a%0AM 100644 inline b", "/x", "a/../b"])
def test_a_file_that_cannot_be_is_not_found(hub, file):
    hub.show_pages()
    assert requests.get(f"{hub.url}/org/deploy/new/main?filename={file}", timeout=5).status_code == 404
    assert requests.get(f"{hub.url}/org/deploy/new/none?filename=x", timeout=5).status_code == 404


def test_a_file_is_written_by_its_page_only(hub):
    hub.show_pages()
    url = f"{hub.url}/org/deploy/edit/main/README.md"
    assert requests.post(url, data={"text": "x", "was": ""}, timeout=5).status_code == 403
    assert hub.read("org/deploy", "main", "README.md") == b"deploy\n"


# --- commits and the repository -------------------------------------------------------------------------


def test_a_commit_is_shown_and_reverted_by_its_button(hub):
    hub.show_pages()
    sha = hub.commit("org/deploy", "main", {"apps/shop.yaml": "tag: bad\n"}, "A bad one")
    assert "A bad one" in seen(hub, f"/org/deploy/commit/{sha}")
    press(hub, f"/org/deploy/commit/{sha}", "revert")
    assert hub.read("org/deploy", "main", "apps/shop.yaml") == b"tag: 1\n"


def test_commits_lead_to_each_other(hub):
    hub.show_pages()
    first, second = hub.head("org/deploy", "main"), hub.commit("org/deploy", "main", {"a": "1\n"}, "Second")
    third = hub.revert("org/deploy", "main", second)
    link = '<a href="/org/deploy/commit/{}"><code>{}</code></a>'
    page = seen(hub, f"/org/deploy/commit/{second}")
    assert f"<dt>Parent</dt><dd>{link.format(first, first[:10])}" in page
    assert f"<dt>Next</dt><dd>{link.format(third, third[:10])}" in page
    undone = seen(hub, f"/org/deploy/commit/{third}")
    assert f"This reverts commit {link.format(second, second[:10])}." in undone
    assert "+deploy" in seen(hub, f"/org/deploy/commit/{first}")  # the first has no parent
    assert "<dt>Next</dt>" not in undone


def test_the_history_is_shown_page_by_page(hub):
    hub.show_pages()
    for number in range(31):
        hub.commit("org/deploy", "main", {"count": f"{number}\n"}, f"Count {number}")
    newest, oldest = seen(hub, "/org/deploy/commits"), seen(hub, "/org/deploy/commits?page=2")
    assert newest.count('class="title"') == 30
    assert "Older" in newest
    assert "Newer" not in newest
    assert re.findall(r'class="title" href="[^"]+">([^<]+)', oldest) == ["Count 0", "Start"]
    assert "Older" not in oldest


def test_a_repository_shows_what_is_open_and_what_came_last(hub, path):
    page = seen(hub, "/org/deploy")
    assert f'href="{path}">shop &lt;2&gt;</a>' in page
    assert ">Start</a>" in page
    assert f"git clone {hub.url}/org/deploy.git" in page
    assert 'href="/org/deploy"' in seen(hub, "/")


def test_every_page_leads_back_to_where_one_came_from(hub, pull):
    hub.show_pages(HomeLink("The page", "http://127.0.0.1:1/"))
    pages = ("/", "/org/deploy", "/org/deploy/commits", "/org/deploy/pulls", f"/org/deploy/pull/{pull}")
    for page in pages:
        assert '<a href="http://127.0.0.1:1/">' in seen(hub, page)


def test_a_revert_that_conflicts_is_refused(hub):
    hub.show_pages()
    sha = hub.commit("org/deploy", "main", {"apps/shop.yaml": "tag: bad\n"}, "A bad one")
    hub.commit("org/deploy", "main", {"apps/shop.yaml": "tag: worse\n"}, "A worse one")
    answer = press(hub, f"/org/deploy/commit/{sha}", "revert")
    assert answer.status_code == 409
    assert "conflicts" in answer.text


def test_another_page_cannot_press_the_buttons(hub, path, pull):
    for data in ({}, {"button": "guess"}):
        answer = requests.post(f"{hub.url}{path}/merge", data=data, timeout=5)
        assert answer.status_code == 403
    assert requests.get(f"{hub.url}{path}/merge", timeout=5).status_code == 403
    assert hub.pull("org/deploy", pull).state == "open"


@pytest.mark.parametrize(
    "path",
    ["/org/deploy/pull/99", "/org/none", "/org/deploy/commit/0123456789", "/org/deploy/tree/main", "/x"],
)
def test_what_is_not_there_is_not_found(hub, path):
    hub.show_pages()
    answer = requests.get(f"{hub.url}{path}", timeout=5)
    assert answer.status_code == 404
    assert "There is no such thing here" in answer.text
