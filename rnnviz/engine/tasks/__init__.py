"""Tasks that the networks of the sample sessions are trained on, one a file."""
