"""The pages as they are served: whole without JavaScript, bounded, and safe with whatever is in them."""

import re
import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote

import pytest
from web import company
from web.serving import Web, serving

from updater import holds
from updater.engine import Outage, WorkerState
from updater.model import (
    BuiltFrom,
    Hold,
    HoldPeriod,
    Placement,
    Report,
    Ruling,
    SourceCommit,
    StoppedLine,
    Unreadable,
    Verdict,
    Verification,
)
from updater.reasons import failure_reasons, hold_reasons
from updater.web import links

SHOWN = re.compile(r'<tr role="row" id="r-([^"]+)" data-v="\w+" data-name="[^"]+">')


def shown(web, query=""):
    """The apps that somebody without JavaScript sees."""
    answer = web.get(f"/{query}")
    assert answer.status_code == 200
    return SHOWN.findall(answer.text)


def test_the_headline_says_what_is_wrong_and_the_title_too(web):
    page = web.get("/").text
    counts = [cell.condition for cell in web.store.snapshot().cells.values()]
    said = f"{counts.count('failing')} failing, {counts.count('blocked')} blocked"
    assert said in page
    assert f"<title>{said} · updater</title>" in page
    web.store.keep(company.report(web.config, calm=True))
    assert "Nothing needs mending" in web.get("/").text


def test_an_open_order_is_named_once(web):
    found = company.report(web.config)
    place, (proposal,) = next(iter(found.proposals.items()))
    ordered = replace(proposal, marker=replace(proposal.marker, kind="asked"))
    waits = Hold(place, company.tag(20), (Ruling(hold_reasons.ASKED, False, "asked for in #6"),))
    decisions = [waits if each.placement == place else each for each in found.decisions]
    web.store.keep(replace(found, decisions=decisions, proposals={place: (ordered,)}, unreadable=[]))
    page = re.sub(r"<[^>]+>", "", web.get(f"/?app={place.app}").text)
    assert "· asked in #" in page
    assert "asked asked" not in page


def test_an_outage_is_told_once_with_whom_it_hits(web):
    page = web.get("/").text
    glance = page[page.index('id="glance"') : page.index('id="filter"')]
    assert glance.count(company.DOWN.why) == 1
    for app in ("app-0006", "app-0003", "app-0000"):
        assert f'href="/apps/{app}"' in glance


def test_what_is_recorded_for_nobody_is_shown_though_nothing_failed(web):
    calm = company.report(web.config, calm=True)
    web.store.keep(calm)
    before = web.store.snapshot().version
    web.store.keep(replace(calm, warnings=("holds.yaml:3: the config has no app 'shpo' here",)))
    assert "the config has no app &#39;shpo&#39; here" in web.get("/").text
    assert web.store.snapshot().version != before


def test_a_form_filters_without_javascript(web):
    everything = shown(web)
    assert len(everything) == 40
    assert shown(web, "?q=app-0017") == ["app-0017"]
    assert shown(web, "?q=APP-00+split") == ["app-0011", "app-0014", "app-0017"]
    assert shown(web, "?q=registry+down&state=failing") == ["app-0000", "app-0003", "app-0006"]
    assert shown(web, "?state=blocked&environment=staging") == ["app-0017"]
    assert shown(web, "?q=nothing+like+it") == []


def test_what_is_chosen_stands_in_the_form_and_its_links(web):
    page = web.get("/?q=a%22b&state=held&environment=staging").text
    assert 'name="q" value="a&#34;b"' in page
    assert 'name="state" value="held"' in page
    assert "<option selected>staging</option>" in page
    assert 'href="?q=a%22b&amp;environment=staging" data-state="held" aria-current="true"' in page


def test_what_people_write_is_text_and_no_markup(web):
    for path in ("/", "/apps/app-0014", "/?q=<script>alert(1)</script>"):
        page = web.get(path).text
        assert "<b>until</b>" not in page
        assert "<script>alert" not in page
    assert "audit &lt;b&gt;until&lt;/b&gt; Friday" in web.get("/apps/app-0014").text


def test_nothing_comes_from_elsewhere_and_nothing_is_inline(web):
    for path in ("/", "/apps/app-0005", "/policies", "/apps/nobody", "/api/status"):
        answer = web.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert not re.search(r"<script(?! src=)|\sstyle=|\son\w+=|<style", answer.text)
        assert not re.search(r'(?:src|action|link[^>]*href)="(?!/)', answer.text)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_holds_are_drawn_also_those_that_are_over(web):
    place = Placement("cluster-a/production", "app-0001")
    report = company.report(web.config)
    now = company.NOW
    past = HoldPeriod(now - timedelta(hours=90), now - timedelta(hours=70), "audit <b>", "kim")
    timeline = replace(report.timelines[place], hold_periods=(past, HoldPeriod(now, None, "fire")))
    web.store.keep(replace(report, timelines={**report.timelines, place: timeline}))
    page = web.get("/apps/app-0001").text
    (band,) = re.findall(
        r'<rect class="held" x="([0-9.]+)" y="6" width="([0-9.]+)"[^>]*><title>held since Thu', page
    )
    assert float(band[0]) > 0
    assert float(band[1]) > 5
    assert "by kim: audit &lt;b&gt;</title>" in page
    assert "held by a person" in page
    assert 'class="held"' not in web.get("/apps/app-0002").text
    told = web.get("/api/apps/app-0001").json()["environments"]["cluster-a/production"]["holds"]
    assert [(each["why"], each["until"] is None) for each in told] == [("audit <b>", False), ("fire", True)]


def test_an_app_is_drawn_and_told(web):
    page = web.get("/apps/app-0005").text
    assert page.count("<svg") >= 1
    words = page[page.index("<desc") : page.index("</desc>")]
    assert "by the updater, then rolled back" in words
    assert "cluster-a/production: " in words
    assert 'class="bar backwards"' in page
    assert f"{company.FORGE}/commit/" in page
    assert "it soaks until" in page
    answer = web.get("/apps/nobody")
    assert answer.status_code == 404
    assert answer.text.startswith("the config has no app nobody; it has app-0000, ")


def test_who_asks_for_a_page_that_is_not_there_finds_a_way_back(web):
    def lost(path):
        answer = web.get(path, headers={"Accept": "text/html,*/*"})
        assert answer.headers["Content-Type"].startswith("text/html")
        return answer.status_code, answer.text

    status, page = lost("/apps/shpo")
    assert status == 404
    assert "<title>Not found · updater</title>" in page
    assert "The config has no app shpo; it has app-0000, " in page
    assert 'href="/?q=shpo">Search for “shpo”' in page
    assert '<a href="/">All apps in all environments</a>' in page
    for path in ("/nothing", "/apps/a/b", "/apps/%3Cscript%3Ealert(1)"):
        status, page = lost(path)
        assert status == 404
        assert "<script>alert" not in page
        assert '<a href="/">' in page
    assert web.get("/nothing").text == "there is no /nothing\n", "for who asks for no page"
    assert "no app app-00177; did you mean app-0017?</p>" in lost("/apps/app-00177")[1]
    assert 'href="/?q=app-0017">' in lost("/apps/app-0017/")[1]


@pytest.mark.parametrize("path", ["/?q=", "/?state=", "/?environment=", "/passes?repository="])
def test_who_asks_for_a_page_too_much_finds_a_way_back_too(web, path):
    answer = web.get(path + "x" * 300, headers={"Accept": "text/html"})
    assert answer.status_code == 422
    assert answer.headers["Content-Type"].startswith("text/html")
    assert '<a href="/">All apps in all environments</a>' in answer.text
    assert "should have at most" in answer.text


@pytest.mark.parametrize(
    "path", ["/%1b[2J%e2%80%ae%0d%0aX", "/apps/%1b[2J%e2%80%ae%0aX", "/" + "x" * 9000, "/apps/" + "x" * 9000]
)
def test_a_path_that_is_not_there_is_told_in_one_short_line(web, path):
    answer = web.get(path).content.decode()
    assert answer.removesuffix("\n").isprintable()
    assert len(answer) < 500


def test_an_app_says_what_a_person_can_do_there(web):
    def section(app, environment):
        page = web.get(f"/apps/{app}").text
        part = page[page.index(f'id="e-{environment.replace("/", ".")}"') :]
        return part[: part.index("</section>")]

    held = section("app-0014", "staging")
    assert "<code>updater release app-0014 staging</code>" in held
    assert "updater hold app-0014 staging" not in held
    waiting = section("app-0005", "cluster-a/production")
    assert "updater promote app-0005 cluster-a/production --tag 20260202-130000 --override soak" in waiting
    assert "updater hold app-0005 cluster-a/production --why WHY" in waiting
    assert "updater rollback app-0005 cluster-a/production" in waiting
    assert '<b>Next:</b> <time datetime="2026-02-02T05:12:00Z">14:12 KST</time>' in waiting
    assert "the soak ends" in waiting
    assert f'href="{company.FORGE}/new/main?filename=.updater/holds.yaml&amp;value=' in waiting
    proposed = section("app-0001", "cluster-a/production")
    assert f'href="{company.FORGE}/pull/101" rel="external noreferrer">Merge or close #101</a>' in proposed
    assert 'open for <time datetime="2026-02-02T01:56:00Z" data-age>3h4m</time>' in proposed
    web.store.keep(replace(company.report(web.config), holds_file=True))
    there = section("app-0005", "cluster-a/production")
    assert f'href="{company.FORGE}/edit/main/.updater/holds.yaml"' in there
    assert "  - why: WHY\n    app: app-0005\n    environment: cluster-a/production\n" in there
    told = web.get("/api/apps/app-0005").json()["environments"]["cluster-a/production"]
    assert [each["order"] for each in told["orders"]] == ["promote", "hold", "rollback"]
    assert told["holds_file"]["exists"]


def test_in_a_row_the_same_letter_is_the_same_tag(web):
    def letters(app):
        row = web.get(f"/?q={app}").text
        row = row[row.index(f'id="r-{app}"') :]
        return re.findall(
            r'<i class="tag \w" aria-hidden="true">(\w)</i><code>(\S+)</code>', row[: row.index("</tr>")]
        )

    report = company.report(web.config, calm=True)
    assert [letter for letter, _ in letters("app-0002")] == ["A", "B", "C"]
    staging, production, _ = (Placement(name, "app-0002") for name in company.ENVIRONMENTS)
    reached = replace(report.timelines[staging])
    decisions = [
        replace(each, current=company.tag(20)) if each.placement in (staging, production) else each
        for each in report.decisions
    ]
    web.store.keep(replace(report, decisions=decisions, timelines={**report.timelines, production: reached}))
    told = letters("app-0002")
    assert [letter for letter, _ in told] == ["A", "A", "B"]
    assert told[0][1] == told[1][1]
    page = web.get("/apps/app-0002").text
    assert page.count('<i class="tag a" aria-hidden="true">A</i>') == 2
    assert "the same letter is the same tag" in web.get("/").text, "the legend says so"


def test_an_app_says_from_which_commit_it_was_built_and_by_whom(web):
    report = company.report(web.config)
    place = Placement("staging", "app-0005")
    (image,) = web.config.policies[place].images
    running = report.timelines[place].current.tag

    def built(host, tag, authors=None):
        return {(image, tag): BuiltFrom(SourceCommit(host, "acme/shop", "d" * 40), authors)}

    web.store.keep(replace(report, builds=built("github.com", running, "kim <kim@acme.example>")))
    page = web.get("/apps/app-0005").text
    commit = "https://github.com/acme/shop/commit/" + "d" * 40
    said = f'built from <a href="{commit}" rel="external noreferrer">acme/shop <code>dddddddddd</code></a>'
    assert f"{said} by kim &lt;kim@acme.example&gt;" in page
    web.store.keep(report)
    assert said in web.get("/apps/app-0005").text, "it is remembered while the tag is shown"
    told = web.get("/api/apps/app-0005").json()["environments"]["staging"]["builds"]
    assert told[running] == {
        "host": "github.com",
        "repository": "acme/shop",
        "commit": "d" * 40,
        "authors": "kim <kim@acme.example>",
        "url": commit,
    }
    web.store.keep(replace(report, builds=built("evil.example.org", running)))
    page = web.get("/apps/app-0005").text
    assert "built from evil.example.org/acme/shop <code>dddddddddd</code>" in page
    assert "https://evil" not in page, "anybody who pushes an image writes its labels"
    web.store.keep(replace(report, builds=built("github.com", "20200101-000000")))
    assert all(tag != "20200101-000000" for _, tag in web.store.snapshot().builds)


def test_the_last_passes_are_shown_with_what_they_did(web):
    assert "no pass has ended yet" not in web.get("/passes").text.lower()
    later = company.NOW + timedelta(minutes=1)
    web.store.keep(company.report(web.config, calm=True, finished=later))
    page = web.get("/passes").text
    listed = page[page.index("<tbody>") :]
    assert listed.count("<tr>") == 2
    assert listed.index("fine") < listed.index("with faults"), "the latest first"
    assert company.DOWN.why in listed
    assert "push to refs/heads/main: chore(app-0003): bump" in listed
    assert "14:01 KST" in listed
    assert web.get("/passes?repository=deploy").text.count("<tr>") == page.count("<tr>")
    assert "The config has no repository &lt;b&gt;" in web.get("/passes?repository=<b>").text
    assert web.get("/api/passes").json()["next"] == {"deploy": "2026-02-02T05:01:58Z"}


@pytest.mark.parametrize("mode", ["act", "observe"])
def test_the_header_says_the_mode_and_when_the_next_pass_comes(tmp_path, mode):
    with serving(tmp_path, 2, config={"mode": mode}) as web:
        page = web.get("/apps/app-0001").text
    assert ("decides and shows, writes nothing" in page) == (mode == "observe")
    assert ("mode act" in page) == (mode == "act")
    assert 'next <time datetime="2026-02-02T05:00:58Z" data-in' in page


def test_what_is_verified_is_drawn_and_what_failed_is_red(web):
    placement, report = Placement("staging", "app-0001"), company.report(web.config, calm=True)
    old, now = (report.timelines[placement].stays[at] for at in (1, 3))
    failed = company.verdict(placement, old, "failed", seen=("AppHighErrorRate fired 3 times",))
    going = Verification(
        placement, now.tag, now.by, "verifying", now.since, company.NOW + timedelta(minutes=9), ("2 of 11m",)
    )
    web.store.keep(replace(report, verdicts={placement: (failed,)}, verifications={placement: going}))
    page = web.get("/apps/app-0001").text
    drawn = page[page.index("<svg class") : page.index("</svg>")]
    assert re.findall(r'class="checked (\w+)"', drawn) == ["failed", "verifying"]
    assert drawn.count("AppHighErrorRate fired 3 times") == 2, "to who points at it, and in words"
    assert "being verified until 2026-02-02 14:09:00 KST: 2 of 11m" in page
    assert '<span class="no">failed its verification</span><br>AppHighErrorRate' in page
    assert "failed its verification</li>" in page, "the legend explains it"
    matrix = web.get("/?q=app-0001").text
    assert matrix.count('<span class="o">verifying</span>') == 1


@pytest.mark.parametrize("said", [(), (Ruling(hold_reasons.AFTER, True, "staging has had it"),)])
def test_a_candidate_whose_gates_nobody_has_asked_is_no_yes(web, said):
    web.store._verdicts = lambda *_: (Verdict("20260101-000000", said, ("signature", "checks")),)
    page = web.get("/apps/app-0001").text
    table = page[page.index('<table class="explain">') :]
    rows = table[table.index("<tbody>") : table.index("</tbody>")]
    assert '<code>20260101-000000</code><span class="soft">not asked</span>' in rows
    assert f'rowspan="{len(said) + 1}"' in rows
    assert rows.count("<tr>") == len(said) + 1
    assert "<code>signature</code> <code>checks</code>" in rows
    assert "not asked in this pass" in rows
    assert "nothing is said against it" not in rows


def test_what_a_gate_has_measured_is_shown_with_its_graph(web):
    placement, report = Placement("staging", "app-0001"), company.report(web.config, calm=True)
    held = [
        Ruling(hold_reasons.AFTER, False, "errors are too many", measured="0.2 % of 1,840", link=link)
        for link in ("https://prometheus.example.org/graph?g0.expr=x", "javascript:alert(1)")
    ]
    decisions = [
        Hold(placement, each.current, tuple(held), company.tag(1)) if each.placement == placement else each
        for each in report.decisions
    ]
    web.store.keep(replace(report, decisions=decisions))
    page = web.get("/apps/app-0001").text
    assert page.count("errors are too many: 0.2 % of 1,840") == 2
    assert 'href="https://prometheus.example.org/graph?g0.expr=x" rel="external noreferrer">graph</a>' in page
    assert "javascript:" not in page


def test_a_stopped_line_is_the_first_line_of_the_page(web):
    calm = company.report(web.config, calm=True)
    web.store.keep(calm)
    before = web.store.snapshot().version
    line = StoppedLine(
        "3 apps <b>", company.NOW + timedelta(hours=4), company.NOW, apps=("shop", "blog", "pay")
    )
    web.store.keep(replace(calm, line=line))
    page = web.get("/").text
    glance = page[page.index('<section class="glance"') :]
    assert glance.index("The line of deploy is stopped</b> until") < glance.index("<h1")
    assert "18:00 KST" in glance
    assert "3 apps &lt;b&gt;. <code>updater release --all</code>" in glance
    assert "Something needs mending" in page
    assert web.store.snapshot().version != before
    (told,) = web.get("/api/status").json()["stopped_lines"]
    assert (told["repository"], told["apps"], told["by"]) == ("deploy", ["shop", "blog", "pay"], None)
    assert web.get("/apps/app-0001").status_code == 200
    web.store.keep(calm)
    assert "is stopped" not in web.get("/").text


def test_before_the_first_pass_the_pages_say_so(tmp_path):
    with Web(company.store(company.config(tmp_path, 2))).served() as web:
        assert "no pass yet" in web.get("/").text
        assert "No pass has decided about it yet" in web.get("/apps/app-0001").text
        assert web.get("/policies").status_code == 200


def test_alike_policies_are_shown_once(web):
    page = web.get("/policies").text
    assert page.count("40 apps") == 3
    assert page.count("<li>soak: 30m in the environment before, counted since it arrived</li>") == 2
    assert "window: only mon-fri 10:00-17:00 (Asia/Seoul)" in page
    assert "what cluster-a/production runs, or ran and left for a newer one" in page
    assert "<dt>gate</dt><dd>soak: for 30m, counts since</dd>" in page, "every setting is there, too"
    assert "ghcr.io/acme/app-0001" not in page, "what is an app's own makes no policy of its own"


def test_a_repository_that_cannot_be_read_shows_what_was_seen_last(web):
    before = web.get("/api/status").json()["placements"]
    failed = Unreadable(
        "github.com does not answer", transient=True, reason=failure_reasons.REPOSITORY_UNAVAILABLE
    )
    holds = [Hold(place, None, (Ruling(failed.reason, False, failed.why),)) for place in web.config.policies]
    later = company.NOW + timedelta(minutes=5)
    web.store.keep(Report("deploy", later, later, None, holds, (), (), (failed,)))
    after = web.get("/api/status").json()["placements"]
    assert [cell["tag"] for cell in after] == [cell["tag"] for cell in before]
    assert {cell["condition"] for cell in after} == {"failing"}
    assert {cell["seen"] for cell in after} == {"2026-02-02T05:00:00Z"}
    page = web.get("/").text
    assert "120 failing" in page
    assert page.count("github.com does not answer") > 120
    assert web.get("/?state=failing&q=repository+unavailable").status_code == 200


def test_a_pass_that_does_not_come_is_said(tmp_path):
    config = company.config(tmp_path, 2)
    now = [company.NOW]
    store = company.store(config, now=lambda: now[0])
    store.keep(company.report(config, calm=True))
    with Web(store).served() as web:
        assert "Nothing needs mending" in web.get("/").text
        now[0] += timedelta(minutes=10)
        page = web.get("/").text
    assert "late" in page
    assert 'class="trouble"' in page
    assert "Nothing needs mending" not in page


def test_a_config_that_was_rejected_is_said_until_a_better_one_comes(web):
    web.store.keep(company.report(web.config, calm=True))
    web.store.reject("apps/shop.yaml:3: app: 'Shop' is no name")
    page = web.get("/").text
    assert "apps/shop.yaml:3: app: &#39;Shop&#39; is no name" in page
    assert 'class="trouble"' in page
    web.store.configure(web.config)
    assert "apps/shop.yaml:3" not in web.get("/").text


def test_that_no_pass_begins_is_said_on_the_pages_and_in_the_api_for_as_long_as_it_is_so(web):
    web.store.keep(company.report(web.config, calm=True))
    shown = web.get("/").text
    assert "No pass begins here" not in shown
    outage = Outage(company.NOW, "the database does not answer: <refused>", "see that PostgreSQL runs")
    web.store.stand(outage)
    for path in ("/", "/workers"):
        page = web.get(path).text
        assert "the database does not answer: &lt;refused&gt;; see that PostgreSQL runs" in page
        assert company.NOW.strftime("%Y-%m-%dT%H:%M") in page
    assert 'class="trouble"' in web.get("/").text
    told = web.get("/api/workers").json()["outage"]
    assert (told["why"], told["then"]) == (outage.why, outage.then)
    web.store.stand(None)
    assert "No pass begins here" not in web.get("/").text + web.get("/workers").text
    assert web.get("/api/workers").json()["outage"] is None


def test_while_no_pass_begins_nothing_says_when_the_next_one_comes(web):
    cells = web.store.snapshot().cells.values()
    app = next(cell.app for cell in cells if cell.condition == "failing" and not cell.next)

    def said():
        page = web.get("/").text
        sums = re.search(r'id="pulse" data-v="(\w+)"', page)[1]
        known = web.get("/api/passes").json()["next"]
        return (
            ", next <time" in page,
            "the next pass looks again" in web.get(f"/apps/{app}").text,
            known,
            sums,
        )

    before = said()
    assert before[:2] == (True, True)
    assert list(before[2]) == ["deploy"]
    web.store.stand(Outage(company.NOW, "the database does not answer", "see that PostgreSQL runs"))
    away = said()
    assert away[:3] == (False, False, {})
    assert away[3] != before[3], "an open page renews what it shows of passes"
    web.store.stand(None)
    assert said() == before


def test_of_a_worker_that_nobody_can_hear_now_it_is_not_said_that_it_has_gone_silent(tmp_path):
    """The process that is asked is among them."""
    silent = WorkerState("one", "1", company.NOW, company.NOW, alive=False)
    store = company.store(company.config(tmp_path / "config", 2))
    with Web(store, workers=lambda: (silent,)).served() as web:
        assert "says nothing any more" in web.get("/workers").text
        store.stand(Outage(company.NOW, "the database does not answer", "see that it runs"))
        page = web.get("/workers").text
        assert "says nothing any more" not in page
        assert "cannot be heard while no pass begins here" in page


def test_a_pass_that_broke_is_said(web):
    web.store.broke("deploy", company.NOW)
    assert "the pass broke, see the log" in web.get("/").text


@pytest.mark.parametrize(
    ("url", "page"),
    [
        ("https://github.com/org/deploy.git", "https://github.com/org/deploy/commit/abc"),
        ("git@github.com:org/deploy.git", "https://github.com/org/deploy/commit/abc"),
        ("ssh://git@github.com:22/org/deploy", "https://github.com/org/deploy/commit/abc"),
        (
            "ssh://git@ssh.dev.azure.com:22/v3/acme/My%20Team/deploy",
            "https://dev.azure.com/acme/My%20Team/_git/deploy/commit/abc",
        ),
        ("https://gitlab.com/org/sub/deploy.git", "https://gitlab.com/org/sub/deploy/-/commit/abc"),
        ("https://gitlab.example.org:8443/a/b.git", "https://gitlab.example.org:8443/a/b/-/commit/abc"),
        (
            "https://dev.azure.com/acme/My%20Team/_git/deploy",
            "https://dev.azure.com/acme/My%20Team/_git/deploy/commit/abc",
        ),
        (
            "git@ssh.dev.azure.com:v3/acme/My%20Team/deploy",
            "https://dev.azure.com/acme/My%20Team/_git/deploy/commit/abc",
        ),
        ("https://git.example.org/a/b.git", None),
        ("file:///srv/git/deploy.git", None),
    ],
)
def test_commits_are_linked_where_the_forge_is_known(tmp_path, url, page):
    config = company.config(tmp_path, 1, url=url, deliver="push")
    assert links.commit(config, "deploy", "abc") == page


def test_before_the_holds_file_was_looked_for_nobody_is_sent_to_begin_it(web):
    web.store.configure(web.config)
    store = company.store(web.config)
    unread = replace(company.report(web.config), base=None)
    store.keep(unread)
    assert store.snapshot().orders(Placement("staging", "app-0005"))
    assert store.snapshot().holds_file(Placement("staging", "app-0005")) is None


@pytest.mark.parametrize(("mode", "said"), [("observe", 1), ("act", 0)])
def test_while_it_observes_a_command_is_not_said_to_do_what_it_would(tmp_path, mode, said):
    with serving(tmp_path, 6, config={"mode": mode}) as web:
        page = web.get("/apps/app-0005").text
        assert page.count("only tell what they would do") == page.count("What you can do") * said


@pytest.mark.parametrize(
    ("url", "edited", "begun"),
    [
        (
            "https://github.com/o/d.git",
            "/edit/a/b/.updater/holds.yaml",
            "/new/a/b?filename=.updater/holds.yaml",
        ),
        (
            "https://gitlab.com/o/d",
            "/-/edit/a/b/.updater/holds.yaml",
            "/-/new/a/b?file_name=.updater/holds.yaml",
        ),
        (
            "https://codeberg.org/o/d",
            "/_edit/a/b/.updater/holds.yaml",
            "/_new/a/b/?filename=.updater/holds.yaml",
        ),
        ("https://bitbucket.org/o/d", "/src/a/b/.updater/holds.yaml?mode=edit", None),
        ("https://dev.azure.com/o/p/_git/d", None, None),
        ("https://git.example.org/o/d", None, None),
    ],
)
def test_the_holds_file_is_edited_or_begun_where_the_forge_has_a_page_for_it(tmp_path, url, edited, begun):
    repository = {"deploy": {"url": url, "branch": "a/b"}}
    config = company.config(tmp_path, 1, deliver="push", repositories=repository)
    there, new = (
        links.holds_file(config, Placement("staging", "app-0000"), exists=exists) for exists in (True, False)
    )
    page = url.removesuffix(".git")
    assert there.url == (f"{page}{edited}" if edited else None)
    assert (new.url or "").partition("&value=")[0] == (f"{page}{begun}" if begun else "")
    assert (there.exists, there.filled, new.exists) == (True, False, False)
    assert new.filled == ("filename" in (begun or ""))
    assert there.entry == new.entry == "  - why: WHY\n    app: app-0000\n    environment: staging\n"
    if new.filled:
        written = unquote(new.url.partition("&value=")[2])
        assert [hold.app for hold in holds.read(written.encode()).holds] == ["app-0000"]


@pytest.mark.parametrize(
    ("server", "run_by", "page"),
    [
        ("https://argocd.example.org", {"application": "{app}-{environment}"}, "/app-0000-staging"),
        ("https://argocd.example.org", {"application": "{app}-*"}, "?search=app-0000-%2A"),
        ("https://argocd.example.org", {"application": "{app}", "namespace": "apps"}, "/apps/app-0000"),
        ("https://argocd.example.org", {"selector": "app={app}"}, "?labels=app%3Dapp-0000"),
        ("https://argocd-server.argocd.svc", {"application": "{app}"}, None),
        ("https://argocd-server", {"application": "{app}"}, None),
    ],
)
def test_the_applications_that_run_it_are_linked(tmp_path, server, run_by, page):
    config = company.config(tmp_path, 1, argocd=server, run_by=run_by)
    found = [url for _, url in links.applications(config, Placement("staging", "app-0000"))]
    assert found == ([f"{server}/applications{page}"] if page else [])


def test_only_web_addresses_are_linked():
    assert links.safe("https://github.com/org/deploy/pull/1")
    for url in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "//x", "", None):
        assert links.safe(url) is None


def test_a_thousand_apps_are_one_page_that_is_sent_small(tmp_path):
    with serving(tmp_path, 1000) as web:
        cold = web.get("/")
        assert len(SHOWN.findall(cold.text)) == 1000
        assert shown(web, "?q=app-07") == [f"app-07{number:02}" for number in range(100)]
        assert int(cold.headers["Content-Length"]) < 150_000


def test_beyond_what_a_page_can_hold_the_worst_come_first_and_a_search_finds_the_others(tmp_path):
    with serving(tmp_path, 2500) as web:
        page = web.get("/").text
        apps = SHOWN.findall(page)
        assert len(apps) == 2000
        assert "data-whole" not in page
        assert "2,500 of 2,500 apps, the first 2,000 are shown" in page
        cells = web.store.snapshot().cells
        worst = [cells[Placement(name, apps[0])].condition for name in company.ENVIRONMENTS]
        assert "failing" in worst
        assert shown(web, "?q=app-2499") == ["app-2499"]


def test_what_is_served_comes_along_in_the_wheel():
    root = Path(__file__).resolve().parents[2]
    patterns = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    packed = {file for pattern in patterns["updater"] for file in (root / "updater").glob(pattern)}
    web = root / "updater" / "web"
    there = {
        file for folder in ("templates", "static") for file in (web / folder).rglob("*") if file.is_file()
    }
    assert there
    assert there <= packed
