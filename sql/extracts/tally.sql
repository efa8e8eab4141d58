-- Rows that a question is about, by random bucket: those selected that the asker did not leave out itself, whoever of them
-- may be delivered, so that no ban changes the number. The own_* lists are lent by the selection, asked_earlier here.
WITH kept AS (
    SELECT nonce, org
    FROM judged
    WHERE ($level <> 'person' OR person_link NOT IN (FROM asked_earlier))
      AND ($level <> 'site' OR site_link NOT IN (FROM asked_earlier))
      AND (email IS NULL OR email NOT IN (FROM own_email))
)
SELECT (k.nonce::UHUGEINT & 4095)::INTEGER AS bucket, count(*)::INTEGER AS rows
FROM kept AS k
WHERE NOT $organisations::BOOLEAN OR k.org NOT IN (
    SELECT o.org FROM organisation_key AS o
    WHERE ($level = 'organisation' AND o.company_link IN (FROM asked_earlier))
       OR o.business IN (FROM own_business) OR o.domain IN (FROM own_domain)
       OR o.name_visiting IN (FROM own_name) OR o.name_postal IN (FROM own_name)
)
GROUP BY 1
