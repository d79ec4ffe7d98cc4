"""Commands about the release itself: the units that start it, and the way to the next one."""
