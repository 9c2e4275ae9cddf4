"""What draws: one .kv and a little Python for each screen; what it shows comes from presenters."""
