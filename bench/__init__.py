"""`make bench`: this program and its floor side by side (docs: README, "Measured")."""
