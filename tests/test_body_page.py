"""The pull request that the handbook shows is the one that is written."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from updater import messages
from updater.gates.digest import Digest
from updater.gates.soak import Soak
from updater.model import CommitRange, Image, Placement, Ruling, SourceCommit
from updater.reasons import hold_reasons
from updater.schemes.timestamp import Timestamp

PAGE = Path(__file__).resolve().parents[1] / "docs/explanation/what-it-writes.md"
TAG, OLD = "20260202-143512", "20260201-090000"
START = datetime(2026, 2, 2, 5, 35, 43, tzinfo=UTC)


def shown():
    """The block quote under the sentence that announces it."""
    text = PAGE.read_text().partition("a branch `updater/app/production--shop` with a pull request:\n\n")[2]
    return text.partition("\n\n")[0]


def test_the_page_shows_what_is_written():
    seoul, version = ZoneInfo("Asia/Seoul"), Timestamp().read(TAG)
    held = "staging has had it since 2026-02-02 14:35:43 KST (commit 0bb984359a)"
    soaked = (
        "it has soaked for the 30m asked, until 2026-02-02 15:05:43 KST "
        "(staging's manifest has had it since 2026-02-02 14:35:43 KST)"
    )
    bump = messages.Bump(
        placement=Placement("production", "shop"),
        old=OLD,
        new=version,
        digests={Image("ghcr.io", "org/shop"): "sha256:5904a84e…"},
        zone=seoul,
        rulings=(
            Ruling(hold_reasons.AFTER, True, held),
            Ruling(Soak.reason, True, soaked),
            Ruling(Digest.reason, True, "ghcr.io/org/shop still has the digest that staging got"),
        ),
        sources=(
            messages.SourceChange(
                SourceCommit("github.com", "org/shop", "3f1c0b7a52"),
                "b81d2e9f04",
                CommitRange(
                    2,
                    (
                        ("b81d2e9f04", "Round prices to the cent (#214)"),
                        ("77aa01c3de", "Let the till open without a network"),
                    ),
                ),
            ),
        ),
    )
    written = messages.body([bump], "acme").partition("\n\n<!-- ")[0]
    lines = [f"**{messages.title([bump])}**", "", *written.splitlines()]
    assert shown() == "\n".join(f"> {line}".rstrip() for line in lines)
