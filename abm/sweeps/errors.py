"""What stops a sweep that was well asked for."""


class Unfinished(RuntimeError):
    """The disk or the workers failed. What was stored is safe, and the same command continues."""
