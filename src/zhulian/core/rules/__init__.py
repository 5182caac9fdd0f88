"""Law as data: rulebook model, one compiler to a relational plan, reasons."""
