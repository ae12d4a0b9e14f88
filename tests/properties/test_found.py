"""What the machine has found, and what it would take long to find: each told once in plain words."""

from datetime import timedelta

from properties.acme import APPS, ENVIRONMENTS, FIRST, Acme, Manner, path_of
from properties.world import HUMAN, MAIN, US, Weather

from updater import holds
from updater.holds import Release
from updater.model import Placement

STAGING = Placement("staging", "shop")


def release(acme, tag):
    entry = Release(app="shop", environment="staging", tag=tag, why="it was the database")
    acme.record(lambda data: holds.release(data, entry), "Release")


def pinned(acme):
    (tag,) = acme.held(acme.world.head, STAGING)
    return tag


def bumped(acme):
    tag = acme.build("shop")
    acme.run()
    assert pinned(acme) == tag
    return tag


def test_a_release_of_the_tag_that_runs_is_spent_at_once():
    acme = Acme()
    release(acme, FIRST)
    newer = bumped(acme)
    for _ in range(3):
        acme.run()
        assert pinned(acme) == newer, "nothing goes back by itself"
    acme.world.edit(acme.pin("staging", "shop", "latest"), "By hand")
    acme.run()
    assert pinned(acme) == "latest", "and it does not come back after a later revert"


def test_where_old_pins_cannot_be_read_only_the_branch_of_what_was_merged_goes():
    acme = Acme(manner=Manner(soaks=False))
    bumped(acme)
    acme.run()
    (pull,) = acme.world.open_pulls()
    acme.world.merge(pull, "merge")
    refs, *rest = acme.world.state()
    for reading in ("history", "blobs", "files"):
        acme.run(weather=Weather(reading=reading))
        left = {ref: sha for ref, sha in refs.items() if ref != f"refs/heads/{pull.branch}"}
        assert acme.world.state() == (left, *rest), reading


def test_a_release_of_an_older_tag_moves_nothing_back():
    acme = Acme()
    bumped(acme)
    newer = bumped(acme)
    release(acme, FIRST)
    for _ in range(3):
        acme.run()
        assert pinned(acme) == newer


def test_a_line_that_was_left_by_force_is_remembered_though_the_overlays_were_moved_since():
    acme = Acme()
    start = acme.world.head
    lost = bumped(acme)
    acme.world.refs[MAIN] = acme.world.commit([start], {}, "Another way")
    acme.move()
    for _ in range(3):
        acme.run()
        assert pinned(acme) == FIRST, f"{lost} was left by force"


def timeline(acme):
    """As the next pass tells it."""
    _, run = acme.updater("onlooker")
    acme.run("onlooker", act=False)
    return run.situation.states[STAGING].timeline


def by_hand(acme, tag, app="shop"):
    acme.world.now += timedelta(minutes=1)
    acme.world.edit(acme.pin("staging", app, tag), "By hand")


def test_an_emptied_tag_is_a_step_back():
    acme = Acme()
    lost = bumped(acme)
    by_hand(acme, "")
    assert lost in timeline(acme).rolled_back
    assert timeline(acme).moved_back == acme.world.now


def test_a_pin_that_was_away_for_a_while_was_removed():
    acme = Acme()
    bumped(acme)
    by_hand(acme, None)
    by_hand(acme, FIRST)
    assert [stay.ended for stay in timeline(acme).stays] == ["newer", "removed", "still"]
    assert not timeline(acme).rolled_back


def test_where_history_ends_nobody_knows_what_was_held():
    acme = Acme()
    old = bumped(acme)
    by_hand(acme, FIRST)
    for tag in ("20260201-130000", "20260201-140000", "20260201-150000", FIRST):
        for environment in ENVIRONMENTS:
            acme.world.edit(acme.pin(environment, "blog", tag), "By hand")
    acme.world.now += timedelta(days=200)
    acme.world.edit({"README.md": b"Hello\n"}, "Say hello")
    report = acme.run()
    (decision,) = [one for one in report.decisions if one.placement == STAGING]
    assert pinned(acme) == FIRST
    assert decision.reasons[0].code == "history_ends", f"{old} may have been held"


def test_a_bump_that_a_merge_hides_counts_as_held():
    acme = Acme()
    start = acme.world.head
    lost = bumped(acme)
    side = acme.world.commit([start], {"README.md": b"Hello\n"}, "On the side")
    acme.world.refs[MAIN] = acme.world.commit([side, acme.world.head], {}, "Merge")
    for _ in range(3):
        acme.run()
        assert pinned(acme) == FIRST, f"{lost} was held, though the first parents do not show it"
    assert lost in timeline(acme).held


def test_a_trailer_is_believed_only_of_us_and_only_where_it_is_true():
    acme = Acme()
    said = f"Bump\n\nUpdater-Pin: staging shop ghcr.io/acme/shop:{acme.build('shop')}@sha256:00\n"
    start = acme.world.head
    for who in (HUMAN, US):
        false = acme.world.commit([start], {"README.md": who.encode()}, said, who=who)
        acme.world.refs[MAIN] = acme.world.commit([start, false], {}, "Merge")
        assert timeline(acme).held == {FIRST}
    by_hand(acme, tag := acme.build("shop"))
    assert timeline(acme).current.tag == tag
    assert not timeline(acme).current.ours


def test_a_digest_is_believed_only_of_us_and_only_where_the_commit_made_that_change():
    acme = Acme()
    tag = acme.build("shop")
    said = f"Bump\n\nUpdater-Pin: staging shop ghcr.io/acme/shop:{tag}@sha256:00\n"
    start = acme.world.head
    made = acme.world.commit([start], acme.pin("staging", "shop", tag), said)
    text = acme.world.text(made, path_of("staging"))
    idle = acme.world.commit([made], {path_of("staging"): text + b"# 1\n"}, said, who=US)
    hidden = acme.world.commit([idle], {path_of("staging"): text + b"# 2\n"}, said, who=US)
    elsewhere = acme.world.commit([idle], acme.pin("staging", "blog", tag, base=idle), said, who=US)
    other = acme.world.commit([elsewhere], acme.pin("staging", "blog", FIRST, base=elsewhere), "Back")
    tree = acme.world.commits[idle].tree
    acme.world.refs[MAIN] = acme.world.commit([other, hidden], {}, "Merge", tree=tree)
    by_hand(acme, FIRST)
    by_hand(acme, tag)
    assert timeline(acme).current.tag == tag
    assert timeline(acme).current.digests == {}


def test_a_digest_is_believed_of_a_bump_that_a_merge_hides():
    acme = Acme()
    start = acme.world.head
    tag = bumped(acme)
    side = acme.world.commit([start], {"README.md": b"Hello\n"}, "On the side")
    acme.world.refs[MAIN] = acme.world.commit([side, acme.world.head], {}, "Merge")
    by_hand(acme, tag)
    assert timeline(acme).current.digests


def test_of_two_digests_we_recorded_the_newer_counts():
    acme = Acme()
    tag, digests = bumped(acme), []
    digests.append(timeline(acme).current.digests)
    by_hand(acme, FIRST)
    acme.world.push_image("ghcr.io/acme/shop", tag, "another")
    release(acme, tag)
    acme.run()
    digests.append(timeline(acme).current.digests)
    by_hand(acme, FIRST)
    by_hand(acme, tag)
    assert digests[0] != digests[1]
    assert timeline(acme).current.digests == digests[1]


def test_a_digest_that_our_squashed_commit_recorded_is_found_again():
    acme = Acme()
    bumped(acme)
    stay = timeline(acme).current
    assert stay.ours
    by_hand(acme, FIRST)
    by_hand(acme, stay.tag)
    assert timeline(acme).current.digests == stay.digests
    assert not timeline(acme).current.ours


def test_what_was_held_before_the_overlays_were_moved_was_held():
    acme = Acme()
    lost = bumped(acme)
    by_hand(acme, FIRST)
    acme.move()
    for _ in range(2):
        acme.run()
        assert pinned(acme) == FIRST
    assert timeline(acme).held == {FIRST, lost}
    assert [stay.ended for stay in timeline(acme).stays] == ["newer", "backwards", "still"]


def test_what_is_only_proposed_was_not_held():
    acme = Acme()
    tag = bumped(acme)
    acme.world.now += timedelta(minutes=31)
    acme.run()
    (pull,) = acme.world.open_pulls()
    assert tag in pull.title
    report = acme.run()
    promoted = [one.tag for one in report.decisions if one.placement == Placement("production", "shop")]
    assert promoted == [tag]


def test_a_trailer_in_a_humans_commit_makes_it_none_of_ours():
    acme = Acme()
    bumped(acme)
    message = acme.world.commits[acme.world.head].commit.message
    files = acme.pin("staging", "shop", timeline(acme).current.tag)
    by_hand(acme, FIRST)
    acme.world.edit(files, message)
    assert not timeline(acme).current.ours


def test_a_commit_pushed_days_late_is_no_older_than_ours_before_it():
    acme = Acme()
    bumped(acme)
    bump = acme.world.now
    acme.world.now += timedelta(minutes=5)
    files = acme.pin("staging", "shop", FIRST)
    acme.world.edit(files, "By hand", dated=acme.world.now - timedelta(days=3))
    assert timeline(acme).moved_back == bump


def test_a_tag_whose_commit_claims_to_be_older_than_its_image_is_no_step_back():
    acme = Acme()
    older, newer = acme.build("shop"), acme.build("shop")
    files = acme.pin("staging", "shop", newer)
    acme.world.edit(files, "By hand", dated=acme.world.now - timedelta(days=3))
    for _ in range(2):
        acme.run()
        assert pinned(acme) == newer, f"nothing goes back to {older} by itself"


def test_a_holds_file_that_cannot_be_read_holds_everything():
    acme = Acme()
    acme.build("shop")
    acme.world.edit({holds.PATH: b"holds: ["}, "Oops")
    before = acme.world.state()
    report = acme.run()
    assert acme.world.state() == before
    assert {decision.reasons[0].code for decision in report.decisions} == {"holds_unreadable"}


def test_to_go_on_is_allowed_once():
    acme = Acme()
    for _ in range(2):
        bumped(acme)
        by_hand(acme, FIRST)
        between = acme.build("shop")
        acme.world.now += timedelta(minutes=1)
        by_hand(acme, "latest")
        acme.run()
        assert pinned(acme) == "latest", f"{between} was built before the step back"
    release(acme, None)
    acme.run()
    assert pinned(acme) == between
    waiting = acme.build("shop")
    acme.world.now += timedelta(minutes=1)
    by_hand(acme, FIRST)
    acme.run()
    assert pinned(acme) == FIRST, f"{waiting} waits again"


def test_a_release_is_spent_though_only_one_pin_of_two_held_the_tag():
    acme = Acme()
    blog, (first, second) = Placement("development", "blog"), APPS["blog"]
    lost = acme.build("blog")
    acme.run()
    acme.world.now += timedelta(minutes=1)
    acme.world.edit(acme.pin(*blog, FIRST), "By hand")
    entry = Release(app="blog", environment="development", tag=lost, why="it was the database")
    acme.record(lambda data: holds.release(data, entry), "Release")
    acme.world.edit(acme.pin(*blog, lost, only=0), "By hand")
    assert acme.held(acme.world.head, blog) == (lost, FIRST), (first, second)
    acme.world.edit(acme.pin(*blog, FIRST), "By hand")
    for _ in range(2):
        acme.run()
        assert acme.held(acme.world.head, blog) == (FIRST, FIRST)


def test_to_go_on_is_spent_by_a_change_of_one_pin_of_two():
    acme = Acme()
    blog = Placement("staging", "blog")
    acme.build("blog")
    acme.run()
    acme.run()
    acme.world.now += timedelta(minutes=1)
    acme.world.edit(acme.pin(*blog, FIRST), "By hand")
    entry = Release(app="blog", environment="staging", why="it was the database")
    acme.record(lambda data: holds.release(data, entry), "Release")
    acme.world.edit(acme.pin(*blog, "latest", only=1), "By hand")
    acme.run("onlooker", act=False)
    assert not acme.updater("onlooker")[1].situation.states[blog].goes_on


def test_a_release_counts_from_before_the_holds_file_was_broken_for_a_while():
    acme = Acme()
    lost = bumped(acme)
    by_hand(acme, FIRST)
    release(acme, lost)
    said = acme.world.text(acme.world.head, holds.PATH)
    acme.run()
    assert pinned(acme) == lost, "it came back"
    by_hand(acme, FIRST)
    for text in (b"holds: [", said):
        acme.world.edit({holds.PATH: text}, "Oops")
        acme.run()
        assert pinned(acme) == FIRST, "the release was spent before the file was broken and mended"


def test_a_release_that_was_taken_back_and_given_again_is_a_new_one():
    acme = Acme()
    lost = bumped(acme)
    by_hand(acme, FIRST)
    release(acme, lost)
    said = acme.world.text(acme.world.head, holds.PATH)
    acme.run()
    by_hand(acme, FIRST)
    acme.world.edit({holds.PATH: None}, "Taken back")
    acme.world.edit({holds.PATH: said}, "Given again")
    acme.run()
    assert pinned(acme) == lost


def test_a_release_is_of_one_place():
    acme = Acme()
    lost = bumped(acme)
    by_hand(acme, FIRST)
    entry = Release(app="shop", environment="europe", tag=lost, why="it was the database")
    acme.record(lambda data: holds.release(data, entry), "Release")
    acme.run()
    assert pinned(acme) == FIRST
    release(acme, lost)
    acme.run()
    assert pinned(acme) == lost


def proposed(acme, app):
    """A new build, proven; what production is then offered."""
    tag = acme.build(app)
    for minutes in (0, 0, 31, 31):  # through the other three, each in its pass
        acme.run()
        acme.world.now += timedelta(minutes=minutes)
    acme.run()
    return tag, next(pull for pull in acme.world.open_pulls() if pull.branch.endswith(app))


def test_what_was_rejected_long_ago_does_not_take_the_place_of_what_is_shown():
    acme, production = Acme(), Placement("production", "shop")
    tag, pull = proposed(acme, "shop")
    acme.world.close(pull)
    acme.world.edit(acme.pin("production", "shop", ""), "By hand")
    entry = Release(app="shop", environment="production", tag=FIRST, why="it was the database")
    acme.record(lambda data: holds.release(data, entry), "Release")
    acme.run()
    (shown,) = acme.world.open_pulls()
    assert FIRST in shown.title
    for _ in range(3):  # then the forge no longer tells of the first among those lately closed
        acme.world.close(proposed(acme, "blog")[1])
    report = acme.run()
    assert FIRST in shown.title, f"{tag} was rejected"
    assert production in {each.placement for each in report.decisions}


def test_what_was_rejected_long_ago_is_not_put_into_the_pull_request_of_all():
    acme = Acme()
    tag, pull = proposed(acme, "shop")
    acme.world.close(pull)
    for _ in range(3):  # then the forge no longer tells of the first among those lately closed
        acme.world.close(proposed(acme, "blog")[1])
    acme.manner = Manner(together=True)
    for _ in range(2):
        acme.run()
        assert not any(tag in pull.body for pull in acme.world.open_pulls())
