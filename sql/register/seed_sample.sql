-- A few positions each of so many organisations, drawn at random: what a stock of seeds is made like (R038).
SELECT p.position
FROM (
    SELECT o.org FROM organisation AS o
    WHERE NOT o.ceased AND o.name IS NOT NULL AND EXISTS (SELECT 1 FROM position AS h WHERE h.org = o.org)
    ORDER BY random()
    LIMIT $organisations
) AS drawn
JOIN position AS p USING (org)
QUALIFY row_number() OVER (PARTITION BY p.org ORDER BY p.nonce) <= 6
