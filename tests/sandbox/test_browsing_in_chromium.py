"""The pages of the embedded GitHub in a real Chromium: without scripts, on a phone, at night, by axe-core."""

import json

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from world.chromium import NEEDED, chromium

from updater.sandbox import GitHub
from updater.sandbox.github.pages.rendering import HomeLink

BRANCH = "updater/app/production--shop"
DIGEST = "ghcr.io/acme/shop@sha256:" + 64 * "0"
BODY = f"""\
Moves **shop** from `1` to `2`.

| | |
|---|---|
| image | `{DIGEST}` |

- [x] soaked

<details><summary>More</summary>

and {"long" * 60}

</details>
"""

pytestmark = NEEDED


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def hub():
    with GitHub() as hub:
        hub.create_repository("org", "deploy", {"apps/shop.yaml": "tag: 1\n"})
        hub.create_branch("org/deploy", BRANCH)
        hub.commit("org/deploy", BRANCH, {"apps/shop.yaml": f"tag: 2 # {'long' * 60}\n"}, f"Bump {DIGEST}")
        hub.open("org/deploy", BRANCH, title=f"production: shop {DIGEST}", body=BODY)
        hub.set_status("org/deploy", hub.head("org/deploy", BRANCH), "updater/gates", "pending", "waits")
        hub.label("org/deploy", 1, "updater:stop")
        hub.comment("org/deploy", 1, "> why\n\nBecause.")
        hub.show_pages(HomeLink("The page", "http://127.0.0.1:1/"))
        yield hub


def pages(hub):
    yield from (
        "/",
        "/org/deploy",
        "/org/deploy/edit/main/apps/shop.yaml",
        "/org/deploy/commits",
        "/org/deploy/pulls",
        "/org/deploy/pull/1",
        "/none/x",
    )
    yield f"/org/deploy/commit/{hub.head('org/deploy', BRANCH)}"


def test_what_the_buttons_do_is_seen_without_scripts(browser, hub):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{hub.url}/org/deploy")
    page.get_by_role("link", name="production: shop").click()
    for act, state in (("Close", "closed"), ("Reopen", "open"), ("Merge pull request", "merged")):
        page.get_by_role("button", name=act).click()
        expect(page.locator(".state")).to_contain_text(state)
    page.get_by_role("link", name=hub.head("org/deploy", "main")[:7]).click()
    page.get_by_role("button", name="Revert").click()
    page.locator("dt:text('Next') + dd a").click()
    expect(page.locator("h1")).to_contain_text('Revert "Merge pull request #1')
    assert hub.read("org/deploy", "main", "apps/shop.yaml") == b"tag: 1\n"
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_a_phone_has_not_to_scroll_sideways(browser, hub, scheme):
    context = browser.new_context(
        color_scheme=scheme,
        viewport={"width": 360, "height": 700},
        bypass_csp=True,  # axe is put in as a script
    )
    page, bad = context.new_page(), []
    for path in pages(hub):
        page.goto(hub.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found = Axe().run(page).response["violations"]
        bad += [(path, each) for each in found if each["impact"] in {"serious", "critical"}]
    context.close()
    assert not bad, json.dumps(
        [(path, each["id"], [node["html"][:200] for node in each["nodes"][:3]]) for path, each in bad],
        indent=1,
    )
