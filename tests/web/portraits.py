"""To take the screenshots of the README: `python tests/web/portraits.py docs`. A real week in the sandbox."""

import hashlib
import os
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from web.serving import Web
from world.chromium import chromium
from world.scene import ARGOCD_TOKEN, TOKEN, Scene

from updater.image_labels import AUTHORS, REVISION, SOURCE
from updater.sandbox.github.pages.rendering import HomeLink
from updater.sandbox.world import PRODUCTION, STAGING
from updater.web.report_store import ReportStore

APPS = [
    "accounts",
    "basket",
    "billing",
    "catalog",
    "checkout",
    "emails",
    "gateway",
    "search",
    "shop",
    "stock",
]
MONDAY = datetime(2026, 2, 2, 1, tzinfo=UTC)
"""Ten in the morning in Korea."""
ALERT = "HighErrorRate"
WINDOW = [{"days": "mon-fri", "from": "10:00", "to": "17:00", "zone": "Asia/Seoul"}]


class Watched(Scene):
    """Argo CD runs everything, and a Prometheus watches production."""

    builds = 0

    def __init__(self, folder):
        super().__init__(folder, APPS, start=MONDAY)
        self.argocd = self.with_argocd(gates={"soak": "30m", "window": WINDOW})
        self.prometheus, _ = self.with_prometheus()
        self.prometheus.load(ALERT, severity="critical")
        self.config["environments"][PRODUCTION] |= {
            "alerts": {"match": 'app="{app}", environment="production"'},
            "verify": {"for": "15m", "with": ["alerts"], "then": "rollback", "deliver": "push"},
        }

    def build(self, app="shop"):
        self.builds += 1
        commit = hashlib.sha256(f"{app}{self.builds}".encode()).hexdigest()[:40]
        labels = {SOURCE: f"https://github.com/acme/{app}", REVISION: commit, AUTHORS: "kim"}
        return self.world.build(app, labels=labels)

    def run(self, *args, **named):
        self.argocd.poll()
        report = super().run(*args, **named)
        self.argocd.poll()
        return report


def week(scene):
    """Some builds a day, merged by people; one fails in production, one is reverted, a registry is ill."""
    scene.run()
    for day in range(5):
        until(scene, day, 10 + day % 3, 12)
        release(scene, [APPS[(day * 3 + step) % len(APPS)] for step in range(3)] + ["shop"] * (day % 2))
    until(scene, 7, 10, 31)
    release(scene, ["shop"], alert=True)
    until(scene, 7, 12, 5)
    scene.build("shop")
    scene.run()
    until(scene, 7, 13, 9)
    scene.world.revert(scene.world.head())
    until(scene, 7, 13, 40)
    for app in ("basket", "checkout", "accounts"):
        scene.build(app)
    scene.run()
    until(scene, 7, 14, 31)
    scene.run()
    held = "holds:\n  - {app: stock, environment: production, why: stocktaking until Friday, by: kim}\n"
    scene.hub.commit(scene.repository, "main", {".updater/holds.yaml": held}, "Hold stock in production")
    for app in ("emails", "shop", "stock"):
        scene.build(app)
    scene.run()
    until(scene, 7, 14, 49)
    scene.registry.fail_next(400, 503, matching="/v2/acme/search/tags")
    scene.build("gateway")


def until(scene, day, hour, minute):
    """Let it be that time in Korea, so many days after the first."""
    then = MONDAY.replace(hour=0) + timedelta(days=day, hours=hour - 9, minutes=minute)
    scene.world.clock.forward(seconds=(then - scene.world.clock()).total_seconds())


def release(scene, apps, *, alert=False):
    for app in apps:
        scene.build(app)
    scene.run()
    scene.soak()
    scene.run()
    for pull in scene.pulls():
        scene.world.clock.forward(minutes=7)
        scene.merge(pull)
    scene.run()
    scene.world.clock.forward(minutes=6)
    if alert:
        scene.prometheus.fire(ALERT, app="shop", environment=PRODUCTION)
        scene.world.clock.forward(minutes=1)
        scene.run()
        scene.prometheus.resolve(ALERT, app="shop", environment=PRODUCTION)
    scene.world.clock.forward(minutes=12)
    scene.run()


def take(url, folder, pull):
    with chromium() as browser:
        for name, path, scheme in (("matrix", "/", "light"), ("app", "/apps/shop", "dark")):
            page = browser.new_page(viewport={"width": 1200, "height": 720}, color_scheme=scheme)
            page.goto(url + path)
            page.wait_for_selector("#live.on")
            page.screenshot(path=folder / f"{name}.png")
        page = browser.new_page(viewport={"width": 960, "height": 990}, color_scheme="light")
        page.goto(pull)
        page.screenshot(path=folder / "pull-request.png")


def main():
    folder = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as place:
        scene = Watched(Path(place))
        os.environ[TOKEN], os.environ[ARGOCD_TOKEN] = scene.hub.bot_token, scene.argocd.token
        week(scene)
        updater = scene.updater()
        store = ReportStore(updater.config, scene.world.clock, updater.verdicts)
        store.keep(scene.run())
        with Web(store).served() as web:
            scene.hub.show_pages(HomeLink("The page of updater", f"{web.url}/"))
            newest = max(pull.number for pull in scene.pulls())
            take(web.url, folder, f"{scene.hub.url}/{scene.repository}/pull/{newest}")
        scene.close()
    sys.stdout.write(f"{STAGING} and {PRODUCTION} of {len(APPS)} apps are in {folder}\n")


if __name__ == "__main__":
    main()
