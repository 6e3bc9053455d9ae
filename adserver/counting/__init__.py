"""From a signed token to a figure in Postgres, exactly once."""
