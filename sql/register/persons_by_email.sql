-- Persons who have this e-mail address (normalised) at a position.
SELECT DISTINCT person FROM position WHERE email = $email
