SELECT org AS pid, visiting_street AS street, visiting_postcode AS postcode, visiting_city AS city
FROM organisation
WHERE org > $after AND org <= $until
UNION
SELECT org, postal_street, postal_postcode, postal_city FROM organisation WHERE org > $after AND org <= $until
ORDER BY pid, street, postcode, city
