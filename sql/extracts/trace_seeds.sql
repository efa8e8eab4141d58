-- Seeds whose own e-mail or mobile stands in the suspect, with the lines that show them.
SELECT seed.extract, seed.seed, list(DISTINCT line ORDER BY line) AS lines
FROM (
    SELECT seed.seed, line FROM seed JOIN suspect_email ON suspect_email.text = seed.email
    UNION ALL
    SELECT seed.seed, line FROM seed JOIN suspect_phone ON suspect_phone.text = seed.mobile
) AS hit
JOIN seed USING (seed)
GROUP BY seed.extract, seed.seed
ORDER BY seed.extract, seed.seed
