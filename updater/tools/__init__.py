"""The commands that work on the files of a deploy repository and never see a pass: init, audit, set-image."""
