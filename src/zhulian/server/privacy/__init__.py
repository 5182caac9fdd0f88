"""Personal data: erasure that keeps proofs, how long things are kept, and holds that keep them longer."""
