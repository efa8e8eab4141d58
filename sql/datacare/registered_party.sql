SELECT org AS pid, business_id AS identifier, phone, website AS domain, ceased
FROM organisation
WHERE org > $after AND org <= $until
ORDER BY org
