"""The five registers (五库): dated facts about enterprises, persons, projects."""
