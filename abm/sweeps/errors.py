"""What stops a sweep that was well asked for."""


class Unfinished(RuntimeError):
    """The disk or the workers gave out. What was entered is safe, and the same command continues."""
