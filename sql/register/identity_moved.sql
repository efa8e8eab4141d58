-- Ids that ended in another: what was decided about the former holds for the present one (R018). A restriction holds
-- for whoever is found to be the same person, though the ids stay apart until it is lifted.
CREATE TEMP TABLE moved AS
SELECT 'person' AS target, former::BIGINT AS former, person::BIGINT AS id FROM person_alias
UNION ALL
SELECT 'position', h.position, p.position FROM held AS h JOIN position_of AS p ON p.unit = h.unit WHERE h.position <> p.position
UNION ALL
SELECT 'person', former, person FROM frozen_pair WHERE former <> person
