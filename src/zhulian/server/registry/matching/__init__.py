"""Finding subjects that may be one, with what speaks for and against it. Nobody is ever merged by a score."""
