"""How fast every campaign runs, and how much of it each creative is: pure, on numbers that come in."""
