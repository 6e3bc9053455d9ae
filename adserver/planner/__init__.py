"""The planner process: what was booked, delivered and is forecast becomes weights that the workers read."""
