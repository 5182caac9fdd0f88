"""A city's history played through the whole loop on a fast-forwarded clock, by simulated officers and enterprises."""
