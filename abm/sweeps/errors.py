"""What stops a sweep that was well asked for."""


class Unfinished(RuntimeError):
    """A sweep could not go on: the disk or the workers gave out. What was entered is safe, and the same command goes on."""
