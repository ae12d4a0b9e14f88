"""How a person goes back: past all that holds, and not below a rollback floor."""

from stories.test_people import hold, order
from world.scene import reason, well

from updater import holds, rollback_floors
from updater.image_labels import FLOOR, FLOOR_WHY
from updater.sandbox.world import FIRST_TAG, PRODUCTION, STAGING

FROZEN = [{"from": "2020-01-01", "to": "2099-12-31", "why": "audit"}]


def floors(scene, text):
    scene.hub.commit(scene.repository, "main", {rollback_floors.PATH: text}, "Say where there is no way back")
    scene.world.clock.forward(seconds=5)


def in_staging(scene):
    """Staging got a build; answers its tag."""
    tag = scene.build()
    well(scene.run())
    return tag


def test_a_hold_and_a_freeze_stop_what_goes_forward_and_nobody_who_goes_back(scene):
    in_staging(scene)
    hold(scene, environment=STAGING)
    scene.config["environments"][STAGING]["gates"] = {"freeze": FROZEN}
    assert scene.command("rollback", "shop", STAGING, "--by", "kim", "--why", "on fire").returncode == 0
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    message = scene.log()[0].message
    assert "* passed over: by order of kim: audit\n" in message
    assert "* passed over: promotions are frozen until " in message
    assert "Asked for by kim (rollback): on fire" in message


def test_holds_that_nobody_can_read_stop_nobody_either(scene):
    in_staging(scene)
    scene.hub.commit(scene.repository, "main", {holds.PATH: "holds: {"}, "Break it")
    well(order(scene, "rollback", STAGING))
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    assert f"* passed over: {holds.PATH}:1" in scene.log()[0].message


def test_where_pull_requests_deliver_the_one_that_is_asked_for_says_what_it_passed_and_is_green(scene):
    _, pull = scene.proposed()
    scene.merge(pull)
    well(scene.run())
    hold(scene, environment=PRODUCTION, why="the quarter ends")
    scene.merge(scene.pull())
    well(order(scene, "rollback", PRODUCTION))
    asked = scene.pull()
    assert asked.head == "updater/asked/production--shop"
    assert "* passed over: by order of kim: the quarter ends (`held`)" in asked.body
    status = scene.hub.statuses(scene.repository, scene.branch_head(asked))
    assert [each.state for each in status] == ["success"], "a base that demands it lets the way back in"
    well(scene.run())
    scene.merge(asked)
    well(scene.run())
    assert scene.pinned("shop", PRODUCTION) == FIRST_TAG


def test_below_a_floor_of_the_file_nobody_goes_without_saying_so(scene):
    tag = in_staging(scene)
    floors(scene, f"floors:\n  - {{app: shop, tag: {tag}, why: its migration drops a column}}\n")
    code, said = reason(order(scene, "rollback", STAGING), STAGING)
    assert code == "rollback_floor"
    where = f"{rollback_floors.PATH}:2"
    assert said == f"{FIRST_TAG} is too old: no way back below {tag}: its migration drops a column ({where})"
    assert scene.pinned("shop", STAGING) == tag
    well(order(scene, "rollback", STAGING, overrides={"rollback_floor": "the column is back"}))
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    assert f"({where}); overridden: the column is back" in scene.log()[0].message


def test_floors_that_nobody_can_read_are_told_to_a_person_who_goes_back(scene):
    in_staging(scene)
    floors(scene, "floors: [{app: shop}]\n")
    (warning,) = well(scene.run()).warnings
    assert warning.startswith(f"{rollback_floors.PATH}:1: floors[0]: tag is missing: ")
    assert warning.endswith(" (until that is mended nothing here goes back by itself)")
    well(order(scene, "rollback", STAGING))
    assert scene.pinned("shop", STAGING) == FIRST_TAG
    told = f"* passed over: whether there is a rollback floor above {FIRST_TAG} cannot be said: "
    assert f"{told}{rollback_floors.PATH}:1" in scene.log()[0].message


def test_a_pull_request_says_that_there_is_no_way_back(scene):
    tag = scene.proven()
    floors(scene, f"floors:\n  - {{app: shop, tag: {tag}, why: its migration drops a column}}\n")
    well(scene.run())
    assert f"note that once it runs there is no way back below {tag}: its migration" in scene.pull().body


def test_floors_on_a_branch_count_for_nobody(scene):
    tag = in_staging(scene)
    text = f"floors:\n  - {{app: shop, tag: {tag}, why: x}}\n"
    scene.hub.commit(scene.repository, "topic", {rollback_floors.PATH: text}, "Not yet")
    well(order(scene, "rollback", STAGING))
    assert scene.pinned("shop", STAGING) == FIRST_TAG


def test_a_label_of_what_runs_is_a_floor_too_whatever_its_tag_points_to_by_now(scene):
    tag = scene.world.build("shop", labels={FLOOR: "20260202-000000", FLOOR_WHY: "its migration"})
    well(scene.run())
    scene.world.registry.push("acme/shop", tag)
    code, said = reason(order(scene, "rollback", STAGING), STAGING)
    assert code == "rollback_floor"
    assert "no way back below 20260202-000000: its migration (the label of ghcr.io/acme/shop:" in said


def test_an_order_as_it_is_typed_says_how_to_pass_over_a_floor(scene):
    tag = in_staging(scene)
    floors(scene, f"floors:\n  - {{app: shop, tag: {tag}, why: x}}\n")
    words = ("rollback", "shop", STAGING, "--by", "kim")
    refused = scene.command(*words)
    assert refused.returncode == 1
    assert "rollback refused; `--override floor --why …` passes over that floor" in refused.stdout
    silent = scene.command(*words, "--override", "floor")
    assert (silent.returncode, scene.pinned("shop", STAGING)) == (2, tag)
    assert "--override passes over a rollback floor: say --why" in silent.stderr
    other = scene.command(*words, "--override", "held", "--why", "x")
    assert "only these can be passed over: floor" in other.stderr
    done = scene.command(*words, "--override", "floor", "--why", "the column is back")
    assert (done.returncode, scene.pinned("shop", STAGING)) == (0, FIRST_TAG)


def test_a_floor_of_nobody_is_said_and_one_of_somebody_is_not(scene):
    floors(scene, "floors:\n  - {app: shpo, tag: a, why: x}\n  - {app: shop, tag: 20260101-000000, why: x}\n")
    (warning,) = well(scene.run()).warnings
    said = "the config has no app 'shpo' here (did you mean shop?); this rollback floor does nothing"
    assert warning.startswith(f"{rollback_floors.PATH}:2: {said}")
