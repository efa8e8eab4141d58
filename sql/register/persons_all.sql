-- Everybody in the register.
SELECT person FROM person ORDER BY person
