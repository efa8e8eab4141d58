-- The suspect's lines that show a unit.
SELECT DISTINCT line FROM sighting
