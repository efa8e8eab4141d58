-- Persons who have this number (E.164) at a position.
SELECT DISTINCT person FROM position WHERE mobile = $phone
