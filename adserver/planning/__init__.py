"""How fast every campaign runs, and how much each of its creatives is shown: pure, on numbers that come in as
arguments."""
