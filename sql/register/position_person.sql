-- The person who holds a position.
SELECT person FROM position WHERE position = $position
