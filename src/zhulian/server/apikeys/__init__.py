"""Keys for programs: somebody's own rights, narrowed, for a while."""
