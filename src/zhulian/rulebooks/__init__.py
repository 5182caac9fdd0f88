"""Law as dated YAML that ships with Zhulian; an installation adds its own."""
