"""Scripts of this repository: what is deployed, and what it costs."""
