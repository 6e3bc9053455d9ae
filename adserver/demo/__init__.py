"""A Turkish regional news site with campaigns and readers, to try the server with."""
