"""Goals of a third person, who saw the forms and the tables but no planner and no other goals."""
