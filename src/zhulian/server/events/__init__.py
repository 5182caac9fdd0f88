"""Events in and out: what rows tell, what other systems push, what is sent to them."""
