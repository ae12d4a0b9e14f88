"""What went wrong beside a decision is said to people, too, and not by the exit status alone."""

from updater.views.pass_report import as_json, as_text


def test_what_nobody_needed_and_could_not_be_read_is_said(scene):
    """Only the digest of what runs cannot be read: it holds nothing, and the exit status is no riddle."""
    tag = scene.build()
    scene.run()
    scene.world.clock.forward(minutes=90)
    scene.registry.fault(f"manifests/{tag}", status=403)
    told = scene.run()
    assert [each.why for each in told.unreadable], "it fails the pass"
    lines = list(as_text(told, done=True))
    for reading in told.unreadable:
        assert any(reading.why in line for line in lines)


def test_what_a_pull_request_did_not_get_is_said(scene):
    scene.settings(labels=["promotion"])
    scene.proven()
    scene.hub.fault("POST .*/labels", 403, body='{"message": "Resource not accessible"}')
    told = scene.run()
    (sentence,) = [remark for outcome in told.outcomes for remark in outcome.remarks]
    assert "did not get promotion" in sentence
    assert any(sentence in line for line in as_text(told, done=True))
    assert sentence in str(as_json([told]))
