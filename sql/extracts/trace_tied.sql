-- The units that a line shows which fits several.
SELECT DISTINCT leaked FROM sighting JOIN leaked USING (unit) WHERE sighting.tied ORDER BY leaked
