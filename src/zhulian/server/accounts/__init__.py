"""Users, organisation tree, duty table, grants."""
