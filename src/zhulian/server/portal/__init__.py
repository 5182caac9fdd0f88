"""What the public sees, sign-in, page frame and components."""
