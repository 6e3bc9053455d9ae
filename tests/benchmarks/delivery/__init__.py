"""What was booked against what is delivered, for our planner and for the rules of others."""
