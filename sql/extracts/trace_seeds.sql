-- Seeds that the suspect shows by their own e-mail, mobile, or name and company, with the lines that show them.
WITH person AS (
    SELECT DISTINCT line, array_to_string(list_sort(string_split(text, ' ')), ' ') AS name FROM suspect_name
),
named AS (
    SELECT *, array_to_string(list_sort(string_split(name, ' ')), ' ') AS tokens FROM seed
)
SELECT seed.extract, seed.seed, list(DISTINCT line ORDER BY line) AS lines
FROM (
    SELECT seed.seed, line FROM seed JOIN suspect_email ON suspect_email.text = seed.email
    UNION ALL
    SELECT seed.seed, line FROM seed JOIN suspect_phone ON suspect_phone.text = seed.mobile
    UNION ALL
    SELECT named.seed, line
    FROM named JOIN person ON person.name = named.tokens JOIN suspect_business_id AS own USING (line)
    WHERE own.text = named.business_id
    UNION ALL
    SELECT named.seed, line
    FROM named JOIN person ON person.name = named.tokens JOIN suspect_organisation AS own USING (line)
    WHERE own.text = named.organisation
) AS hit
JOIN seed USING (seed)
GROUP BY seed.extract, seed.seed
ORDER BY seed.extract, seed.seed
