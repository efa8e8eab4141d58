-- Which suspect lines show which rows of one delivered file.
SELECT DISTINCT line, number
FROM pool JOIN leaked USING (leaked) JOIN sighting USING (unit)
WHERE extract = $extract AND number IS NOT NULL
ORDER BY line, number
