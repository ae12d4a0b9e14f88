"""What teams write into files of their own in a deploy repository, and what they may not. Pure."""
