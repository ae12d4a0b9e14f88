"""What people and programs read of a pass: one shape each, for the CLI, the API and the page. Pure."""
