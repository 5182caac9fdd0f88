"""市场与现场台账: the facts that the loop starts from, as lists over all enterprises in view and as a project's page."""
